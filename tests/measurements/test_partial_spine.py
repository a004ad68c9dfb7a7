"""Parts of the spine: the curve that ends within them is the whole spine's, and all else is refused."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.measurements.spine.angles import measure_curves, measure_spine, measure_whole_spine, spine_curves
from radcaliper.measurements.spine.curves import Curve
from radcaliper.measurements.spine.partial import SeenValues, is_partial, is_wholly_seen, seen_values
from radcaliper.measurements.types import Grid, Key, MeasuredValue, NotMeasurable
from radcaliper.pipelines.phantoms.spine import SpinePhantom

PIXELS = Grid()
HEIGHT = 1600
TILT = Key("cobb_angle", "curve_1", "vertebral_tilt")
"""The phantom's largest curve is between its fifth and thirteenth vertebra."""


def seen(corners: np.ndarray, chosen: tuple[str, ...] = ()) -> SeenValues:
    names = [f"vertebra_{number:02d}" for number in range(1, len(corners) + 1)]
    curves = spine_curves(corners, PIXELS)
    values = measure_curves(corners, names, PIXELS, curves) + measure_whole_spine(corners, names, HEIGHT, PIXELS)
    return seen_values(values, curves, len(corners), chosen)


@pytest.mark.parametrize("stretch", [slice(0, 15), slice(2, 17), slice(1, 16), slice(2, 15)])
def test_a_curve_within_a_part_is_that_of_the_whole_spine(phantom: SpinePhantom, stretch: slice) -> None:
    whole, part = seen(phantom.corners)[TILT], seen(phantom.corners[stretch])[TILT]
    assert isinstance(whole, MeasuredValue)
    assert isinstance(part, MeasuredValue)
    assert part.value == pytest.approx(whole.value, abs=0.5)
    assert part.details["partial"] == "yes"
    assert "partial" not in whole.details


@pytest.mark.parametrize("stretch", [slice(3, 17), slice(0, 14), slice(4, 13), slice(10, 17)])
def test_a_curve_that_may_go_on_is_refused(phantom: SpinePhantom, stretch: slice) -> None:
    values = seen(phantom.corners[stretch])
    assert {value.reason for value in values.values() if isinstance(value, NotMeasurable)} == {"spine_too_short"}
    assert isinstance(values[TILT], NotMeasurable)


def test_what_refers_to_the_ends_of_the_spine_is_refused_on_a_part(phantom: SpinePhantom) -> None:
    measured = {key for key, value in seen(phantom.corners[:15]).items() if isinstance(value, MeasuredValue)}
    assert measured == {TILT, Key("cobb_angle", "curve_1", "endplates")}


def test_the_whole_spine_has_every_value(phantom: SpinePhantom) -> None:
    names = [f"vertebra_{number:02d}" for number in range(1, 18)]
    expected = {value.key: value for value in measure_spine(phantom.corners, names, HEIGHT, PIXELS)}
    assert seen(phantom.corners) == expected


def test_a_curve_whose_ends_a_person_chose_is_measured(phantom: SpinePhantom) -> None:
    assert isinstance(seen(phantom.corners[3:], chosen=("curve_1",))[TILT], MeasuredValue)


def test_two_vertebrae_must_be_seen_beyond_either_end() -> None:
    assert [count for count in (7, 15, 16, 17) if is_partial(count)] == [7, 15]
    ends = [(2, 8), (1, 8), (2, 9), (0, 10)]
    assert [is_wholly_seen(Curve(upper, lower, 5, 20.0), 11) for upper, lower in ends] == [True, False, False, False]
