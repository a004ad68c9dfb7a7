"""The rules say ok, review or refused, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from radcaliper.measurements.catalog import (
    CARDIOTHORACIC_RATIO,
    COBB_ANGLE,
    CORONAL_BALANCE,
    HEART_AREA,
    HEART_WIDTH,
    ROTATION_RATIO,
)
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Interval, MeasuredValue, Measurement, Status, Unit
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

RATIO = Measurement(CARDIOTHORACIC_RATIO, "", "mask", Status.OK, 0.5, Unit.RATIO, 0.48, 0.52)


def measurement(spec: MeasurementSpec, value: float, unit: Unit, interval: Interval | None) -> Measurement:
    return Measurement.of(MeasuredValue(spec, value, unit), interval, "", ())


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


def test_a_wide_interval_is_reviewed_and_keeps_its_value() -> None:
    wide = replace(RATIO, lower=0.40, upper=0.60)
    kept, reviewed = DEFAULT_RULES.of_measurements([RATIO, wide])
    assert kept == RATIO
    assert (reviewed.status, reviewed.reasons, reviewed.value) == (Status.REVIEW, ("wide_interval",), 0.5)


def test_the_limit_of_an_angle_is_in_degrees_and_of_a_length_a_share() -> None:
    rules = StatusRules(widest_angle=10, widest_share=0.1)
    assert rules.too_wide(measurement(COBB_ANGLE, 5, Unit.DEGREE, (0, 11)))
    assert not rules.too_wide(measurement(COBB_ANGLE, 5, Unit.DEGREE, (0, 9)))
    assert rules.too_wide(measurement(HEART_WIDTH, 100, Unit.MILLIMETRE, (90, 101)))
    assert not rules.too_wide(measurement(CORONAL_BALANCE, 0.1, Unit.MILLIMETRE, (-9, 9)))  # it lies about zero


def test_without_an_interval_nothing_is_too_wide() -> None:
    rules = StatusRules(widest={"rotation_ratio": 0.0}, widest_share=0.0)
    assert rules.too_wide(measurement(ROTATION_RATIO, 0.9, Unit.RATIO, (0.8, 1.0)))
    assert not rules.too_wide(measurement(ROTATION_RATIO, 0.9, Unit.RATIO, None))


def test_an_allowed_reason_asks_for_no_review() -> None:
    turned = replace(RATIO, status=Status.REVIEW, reasons=("rotated",))
    (allowed,) = StatusRules(allowed=("rotated",)).of_measurements([turned])
    assert (allowed.status, allowed.reasons) == (Status.OK, ())


def test_a_refused_measurement_stays_refused() -> None:
    refused = Measurement.refused(HEART_AREA, "", "mask", "unusable_mask")
    assert DEFAULT_RULES.of_measurements([refused]) == (refused,)
