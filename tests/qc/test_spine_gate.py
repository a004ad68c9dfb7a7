"""What passes for a spine film, and what a person should look at."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.measurements.types import Radiograph, Status
from radcaliper.qc.gates.spine import appears_inverted, partial_findings, spine_findings


def reasons(count: int, confidence: float, passes: tuple[int, ...] = (17, 17)) -> tuple[str, ...]:
    return tuple(finding.reason for finding in spine_findings(count, np.full(count, confidence), passes))


def test_a_clear_spine_passes() -> None:
    assert reasons(17, 0.6) == ()


@pytest.mark.parametrize(
    ("count", "confidence", "reason"),
    [(3, 0.9, "not_ap_spine"), (17, 0.2, "spine_too_short"), (11, 0.32, "spine_too_short")],
)
def test_too_few_or_too_faint_vertebrae_are_refused(count: int, confidence: float, reason: str) -> None:
    (finding,) = spine_findings(count, np.full(count, confidence), (count,))
    assert (finding.reason, finding.status) == (reason, Status.REFUSED)


def test_a_part_of_the_spine_is_reviewed_for_its_curves_or_refused_without_one() -> None:
    (shown,), (none,) = partial_findings(shows_whole_curve=True), partial_findings(shows_whole_curve=False)
    assert (shown.reason, shown.status) == ("spine_too_short", Status.REVIEW)
    assert (none.reason, none.status) == ("spine_too_short", Status.REFUSED)


def test_a_faint_whole_spine_is_reviewed() -> None:
    assert reasons(17, 0.35) == ("doubtful_vertebra",)


def test_passes_that_count_differently_are_reviewed() -> None:
    assert reasons(17, 0.6, (17, 16)) == ("vertebra_count",)


def test_three_faint_vertebrae_are_reviewed() -> None:
    confidence = np.array([0.7] * 14 + [0.1] * 3)
    assert [finding.reason for finding in spine_findings(17, confidence, (17,))] == ["doubtful_vertebra"]


def test_a_film_that_shows_bone_dark() -> None:
    rows, cols = np.indices((900, 400))
    column = np.abs(cols - 200) < 40
    grey = (0.3 + 0.4 * column + 0.05 * np.sin(rows / 20)).astype(np.float32)
    assert not appears_inverted(Radiograph(grey), column)
    assert appears_inverted(Radiograph(1 - grey), column)
    assert not appears_inverted(Radiograph(grey), np.zeros_like(column))
