"""Intervals hold their value and grow with the spread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.measurements.types import Unit
from radcaliper.qc.intervals import Width, interval

values = st.floats(-100, 100)


@given(values, st.lists(values, max_size=5), st.sampled_from(Unit))
def test_an_interval_holds_its_value(value: float, readings: list[float], unit: Unit) -> None:
    lower, upper = interval("cardiothoracic_ratio", value, readings, unit)
    assert lower <= value <= upper


def test_more_spread_is_wider() -> None:
    width = Width(scale=2, floor=0.01)
    assert width.half(0.5, [0.5, 0.5], Unit.RATIO) == 0.01
    assert width.half(0.5, [0.4, 0.6], Unit.RATIO) > 0.1


def test_the_floor_of_a_length_is_a_share_of_it() -> None:
    assert Width(0, 0.1).half(300, [], Unit.MILLIMETRE) == 30


@pytest.mark.parametrize(
    "name", ["coronal_balance", "apical_translation", "leg_length_difference", "trachea_deviation"]
)
def test_a_distance_to_either_side_may_lie_on_the_other(name: str) -> None:
    lower, _ = interval(name, 2.0, [-6.0, 10.0], Unit.MILLIMETRE)
    assert lower < 0


@pytest.mark.parametrize("name", ["cobb_angle", "cobb_angle_aasce:main", "ccd_angle"])
def test_an_angle_is_not_negative(name: str) -> None:
    lower, upper = interval(name, 2.0, [0.0, 9.0], Unit.DEGREE)
    assert lower == 0 < upper
