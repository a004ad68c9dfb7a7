"""The course of a femur's shaft: straight and whole, bent, pinched, or no wider above than below."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.combined import with_neck_of_passes
from radcaliper.measurements.hip.shaft import shaft_course
from radcaliper.measurements.types import Grid, Mask

RADIUS = 20.0
AXES = FemurAxes(
    head=np.array([30.0, 90.0]),
    radius=RADIUS,
    neck=np.array([45.0, 75.0]),
    shaft_upper=np.array([100.0, 60.0]),
    shaft_lower=np.array([190.0, 60.0]),
)
Rows = NDArray[np.float64]


def shaft(middle: Callable[[Rows], Rows], half: Callable[[Rows], Rows]) -> Mask:
    """Bone about ``middle`` columns, ``half`` as wide, in every row."""
    rows, cols = np.indices((200, 120), dtype=float)
    return np.asarray(np.abs(cols - middle(rows)) <= half(rows))


def flaring(rows: Rows) -> Rows:
    return 11 + np.clip(130 - rows, 0, None) / 3


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_straight_shaft_that_widens_upwards(side: str) -> None:
    course = shaft_course(shaft(lambda rows: 60 + 0 * rows, flaring), AXES, Grid(), side)
    assert course.bend < 0.01
    assert course.pinch == pytest.approx(1, abs=0.03)
    assert course.flare == pytest.approx(21 / 11, rel=0.05)


def test_a_shifted_piece_bends_the_course() -> None:
    course = shaft_course(shaft(lambda rows: 60 + 8.0 * (rows > 140), flaring), AXES, Grid(), "right")
    assert course.bend == pytest.approx(8 / RADIUS / 2, rel=0.1)  # half the sections lie so far beside


def test_a_waist_pinches_it_and_a_tube_has_no_flare() -> None:
    waist = shaft_course(
        shaft(lambda rows: 60 + 0 * rows, lambda rows: 11 - 6.0 * (np.abs(rows - 120) < 5)), AXES, Grid(), "right"
    )
    assert waist.pinch == pytest.approx(5.5 / 11.5, rel=0.1)
    assert waist.flare == pytest.approx(1, abs=0.05)


def test_a_stump_has_no_course() -> None:
    short = shaft(lambda rows: 60 + 0 * rows, flaring)
    short[110:] = False
    course = shaft_course(short, AXES, Grid(), "right")
    assert (course.bend, course.pinch, course.flare) == (0, 1, np.inf)


def test_a_neck_beside_turns_the_angle_by_its_share_of_the_lever() -> None:
    lever = float(np.linalg.norm(AXES.neck - AXES.head))
    turned = [AXES.with_neck_beside(by).ccd_angle() - AXES.ccd_angle() for by in (-1, 1)]
    assert turned[0] == pytest.approx(-turned[1])
    assert abs(turned[0]) == pytest.approx(np.degrees(np.arctan(1 / lever)))


def test_repeated_readings_count_as_much_as_the_first() -> None:
    up, down = (AXES.with_neck_beside(by) for by in (-3, 3))
    assert with_neck_of_passes(AXES, (up, down)).ccd_angle() == pytest.approx(AXES.ccd_angle())
    assert with_neck_of_passes(up, (up, up)).ccd_angle() == pytest.approx(up.ccd_angle())
    assert with_neck_of_passes(AXES, ()).neck == pytest.approx(AXES.neck)
