"""Films without a picture are refused before any network sees them; what the file says of a film is told."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.measurements.types import Finding, Radiograph, Status
from radcaliper.qc.gates.film import acquisition_findings, film_findings


def reasons(pixels: np.ndarray) -> list[str]:
    return [finding.reason for finding in film_findings(Radiograph(pixels.astype(np.float32)))]


def test_black_is_blank() -> None:
    assert reasons(np.zeros((300, 300))) == ["blank_film"]


def test_nearly_constant_is_blank() -> None:
    assert reasons(1000 + np.random.default_rng(0).normal(0, 0.1, (300, 300))) == ["blank_film"]


def test_noise_is_noise() -> None:
    assert reasons(np.random.default_rng(0).normal(0, 1, (1000, 800))) == ["noise_film"]


def test_a_smooth_picture_passes() -> None:
    rows, cols = np.indices((700, 600))
    assert reasons(np.sin(rows / 60) * np.cos(cols / 80)) == []


def test_a_film_turned_bright_says_so() -> None:
    pixels = np.zeros((8, 8), np.float32)
    assert acquisition_findings(Radiograph(pixels)) == ()
    assert acquisition_findings(Radiograph(pixels, turned_bright=True)) == (Finding("inverted", Status.REVIEW),)


@pytest.mark.parametrize(
    ("view", "reasons"),
    [("PA", []), ("AP", []), ("", []), ("LL", ["tagged_lateral"]), ("lateral", ["tagged_lateral"]),
     ("RLO", ["tagged_oblique"])],
)  # fmt: skip
def test_a_view_from_another_side_is_told(view: str, reasons: list[str]) -> None:
    found = acquisition_findings(Radiograph(np.zeros((8, 8), np.float32), view=view))
    assert [finding.reason for finding in found] == reasons
    assert {finding.status for finding in found} <= {Status.REVIEW}
