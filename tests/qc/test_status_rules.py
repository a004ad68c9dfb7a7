"""The rules say ok, review or refused, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from radcaliper.measurements.types import MaskQuality, Measurement, Status, Unit
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules, reasons_of_vital

RATIO = Measurement("cardiothoracic_ratio", "", "mask", Status.OK, 0.5, Unit.RATIO, 0.48, 0.52)


@pytest.mark.parametrize(
    ("area", "lower", "status", "reasons"),
    [
        (0, 0.99, Status.REFUSED, ("structure_not_seen",)),
        (9, 0.39, Status.REFUSED, ("unusable_mask",)),
        (9, 0.40, Status.REVIEW, ("low_quality",)),
        (9, 0.79, Status.REVIEW, ("low_quality",)),
        (9, 0.80, Status.OK, ()),
    ],
)
def test_a_mask_is_judged_by_its_lower_bound(area: int, lower: float, status: Status, reasons: tuple[str, ...]) -> None:
    assert DEFAULT_RULES.of_mask("heart", area, lower) == (status, reasons)


def test_a_structure_s_own_limit_comes_first() -> None:
    rules = StatusRules(review_below_by_structure={"heart": 0.95})
    assert rules.of_mask("heart", 9, 0.9) == (Status.REVIEW, ("low_quality",))
    assert rules.of_mask("right_lung", 9, 0.9) == (Status.OK, ())


def test_a_wide_interval_is_reviewed_and_keeps_its_number() -> None:
    wide = replace(RATIO, lower=0.40, upper=0.60)
    (kept,), (doubted,) = DEFAULT_RULES.of_numbers([RATIO]), DEFAULT_RULES.of_numbers([wide])
    assert kept == RATIO
    assert (doubted.status, doubted.reasons, doubted.value) == (Status.REVIEW, ("wide_interval",), 0.5)


def test_the_limit_of_an_angle_is_in_degrees_and_of_a_length_a_share() -> None:
    rules = StatusRules(widest_angle=10, widest_share=0.1)
    assert rules.too_wide("cobb_angle", 5, (0, 11), Unit.DEGREE)
    assert not rules.too_wide("cobb_angle", 5, (0, 9), Unit.DEGREE)
    assert rules.too_wide("heart_width", 100, (90, 101), Unit.MILLIMETRE)
    assert not rules.too_wide("coronal_balance", 0.1, (-9, 9), Unit.MILLIMETRE)  # it lies about zero


def test_an_allowed_reason_asks_for_no_review() -> None:
    turned = replace(RATIO, status=Status.REVIEW, reasons=("rotated",))
    (number,) = StatusRules(allowed=("rotated",)).of_numbers([turned])
    assert (number.status, number.reasons) == (Status.OK, ())


def test_a_refused_number_stays_refused() -> None:
    refused = Measurement("heart_area", "", "mask", Status.REFUSED, reasons=("unusable_mask",))
    assert DEFAULT_RULES.of_numbers([refused]) == (refused,)


def test_only_masks_that_the_protocol_needs_make_a_film_doubtful() -> None:
    bad = MaskQuality("airways", Status.REVIEW, 0.6, 0.5, 9, None, reasons=("low_quality",))
    assert reasons_of_vital([bad], ("heart",)) == set()
    assert reasons_of_vital([bad, replace(bad, structure="heart")], ("heart",)) == {"low_quality"}
