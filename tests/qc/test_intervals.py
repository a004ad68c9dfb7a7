"""Intervals hold their value and grow with the spread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.measurements.catalog import (
    APICAL_TRANSLATION,
    CARDIOTHORACIC_RATIO,
    CCD_ANGLE,
    COBB_ANGLE,
    COBB_ANGLE_AASCE,
    CORONAL_BALANCE,
    LEG_LENGTH_DIFFERENCE,
    TRACHEA_DEVIATION,
)
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import MeasuredValue, Unit
from radcaliper.qc.intervals import Width, around, interval

values = st.floats(-100, 100)


@given(values, st.lists(values, max_size=5), st.sampled_from(Unit))
def test_an_interval_holds_its_value(value: float, others: list[float], unit: Unit) -> None:
    lower, upper = interval(MeasuredValue(CARDIOTHORACIC_RATIO, value, unit), others)
    assert lower <= value <= upper


def test_more_spread_is_wider() -> None:
    width = Width(scale=2, floor=0.01)
    assert width.half(0.5, [0.5, 0.5], Unit.RATIO) == 0.01
    assert width.half(0.5, [0.4, 0.6], Unit.RATIO) > 0.1


def test_the_floor_of_a_length_is_a_share_of_it() -> None:
    assert Width(0, 0.1).half(300, [], Unit.MILLIMETRE) == 30


def test_a_share_widens_with_the_value() -> None:
    width = Width(scale=2, floor=0.0, share=0.1)
    assert width.half(0.6, [0.6], Unit.RATIO) == pytest.approx(0.06)
    assert width.half(0.4, [0.4], Unit.RATIO) == pytest.approx(0.04)


@pytest.mark.parametrize("spec", [CORONAL_BALANCE, APICAL_TRANSLATION, LEG_LENGTH_DIFFERENCE], ids=lambda s: s.name)
def test_a_distance_to_either_side_may_lie_on_the_other(spec: MeasurementSpec) -> None:
    lower, _ = interval(MeasuredValue(spec, 2.0, Unit.MILLIMETRE), [-6.0, 10.0])
    assert lower < 0


def test_what_was_never_calibrated_has_no_interval_but_may_lie_on_either_side() -> None:
    assert interval(MeasuredValue(TRACHEA_DEVIATION, 2.0, Unit.MILLIMETRE), [-6.0, 10.0]) is None
    assert around(TRACHEA_DEVIATION, 2.0, 8.0) == (-6.0, 10.0)


@pytest.mark.parametrize(("spec", "site"), [(COBB_ANGLE, "curve_1"), (COBB_ANGLE_AASCE, "main"), (CCD_ANGLE, "right")])
def test_an_angle_is_not_negative(spec: MeasurementSpec, site: str) -> None:
    lower, upper = interval(MeasuredValue(spec, 2.0, Unit.DEGREE, site=site), [0.0, 9.0])
    assert lower == 0 < upper
