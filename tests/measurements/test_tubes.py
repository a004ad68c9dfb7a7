"""Courses of lines and distances of tips, against drawn lines whose find_courses and tips are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from radcaliper.measurements.catalog import CVC_TIP_TO_CARINA, ETT_TIP_TO_CARINA
from radcaliper.measurements.tubes.course import find_courses, path_length, smoothed
from radcaliper.measurements.tubes.distances import (
    cvc_tip_to_carina,
    ett_tip_to_carina,
    ett_tip_to_carina_tracheal_widths,
    ngt_tip_to_diaphragm,
    tip_angle,
    tracheal_axis,
)
from radcaliper.measurements.types import Grid, NotMeasurable, Point, Unit

SHAPE = (300, 240)
MILLIMETRES = Grid(1, 1, "mm")


def from_above(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    return -ends[:, 0]


def drawn(*paths: NDArray[np.float64], thickness: int = 5) -> NDArray[np.bool_]:
    canvas = np.zeros(SHAPE, np.uint8)
    for path in paths:
        cv2.polylines(canvas, [np.round(path[:, ::-1]).astype(np.int32)], False, 1, thickness)
    return canvas.astype(bool)


def line(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    return np.linspace(start, end, 60)


def loop() -> NDArray[np.float64]:
    """Down, round to the left, and across itself to the right."""
    start = line((10, 120), (150, 120))
    corner = np.array([[190.0, 120.0], [190.0, 40.0], [110.0, 40.0], [110.0, 200.0]])
    return np.concatenate([start, corner])


def test_a_straight_line_is_followed_from_entry_to_tip() -> None:
    (path,) = find_courses(drawn(line((10, 100), (200, 140))), from_above, 20)
    assert np.linalg.norm(path[0] - (10, 100)) < 5
    assert np.linalg.norm(path[-1] - (200, 140)) < 5
    assert path_length(smoothed(path)) == pytest.approx(np.hypot(190, 40), rel=0.05)


def test_nothing_has_no_course() -> None:
    assert find_courses(np.zeros(SHAPE, bool), from_above, 20) == []


@pytest.mark.parametrize(("gap", "found"), [(14, 1), (60, 2)])
def test_short_gaps_are_bridged_and_long_ones_are_not(gap: int, found: int) -> None:
    mask = drawn(line((10, 100), (100, 100)), line((100 + gap, 100), (250, 100)))
    paths = find_courses(mask, from_above, 30)
    assert len(paths) == found
    if found == 1:
        assert paths[0][-1, 0] > 244


def test_a_gap_is_not_bridged_sideways() -> None:
    mask = drawn(line((10, 100), (150, 100)), line((150, 120), (280, 120)))
    assert len(find_courses(mask, from_above, 30)) == 2


def test_crossing_lines_go_straight_on() -> None:
    one, other = line((10, 40), (250, 200)), line((20, 200), (240, 40))
    paths = find_courses(drawn(one, other), from_above, 20)
    assert len(paths) == 2
    ends = sorted((float(path[0, 1]), float(path[-1, 1])) for path in paths)
    assert ends[0] == pytest.approx((40, 200), abs=8)
    assert ends[1] == pytest.approx((200, 40), abs=8)


def test_a_loop_is_kept() -> None:
    path = loop()
    (found,) = find_courses(drawn(path), from_above, 20)
    assert np.linalg.norm(found[-1] - path[-1]) < 6
    assert path_length(found) == pytest.approx(path_length(path), rel=0.08)


def chest(shift: int = 0) -> dict[str, NDArray[np.bool_]]:
    """Two boxes for lungs, the left one ending at row 219, and a trachea 12 wide over a fork at row 120."""
    right, left, airways = (np.zeros(SHAPE, bool) for _ in range(3))
    right[40:240, 20:100] = True
    left[40:220, 140:220] = True
    airways[20:120, 114:126] = True
    for row in range(120, 150):
        offset = row - 119
        airways[row, 114 - offset : 120 - offset] = True
        airways[row, 120 + offset : 126 + offset] = True
    masks = {"right_lung": right, "left_lung": left, "airways": airways}
    return {name: np.roll(mask, shift, axis=1) for name, mask in masks.items()}


CARINA = Point(119.5, 119.5)


def test_ett_distance_is_along_an_upright_trachea() -> None:
    distance = ett_tip_to_carina(line((0, 119.5), (69.5, 119.5)), CARINA, chest(), Grid(0.5, 0.5, "mm"))
    assert distance.value == pytest.approx(25.0, abs=0.05)
    assert distance.unit is Unit.MILLIMETRE
    assert distance.details["tip_in"] == "trachea"


def test_ett_distance_along_a_leaning_trachea() -> None:
    masks = chest()
    airways = np.zeros(SHAPE, bool)
    for row in range(20, 120):
        middle = 120 + round(0.3 * (row - 120))
        airways[row, middle - 6 : middle + 6] = True
    axis = tracheal_axis(airways, CARINA, Grid())
    assert axis[1] / axis[0] == pytest.approx(0.3, abs=0.02)
    tip = np.array([CARINA]) + 40 * axis
    course = np.concatenate([tip + 50 * axis, tip])
    assert ett_tip_to_carina(course, CARINA, {**masks, "airways": airways}, Grid()).value == pytest.approx(40, abs=0.1)


@pytest.mark.parametrize(("col", "where"), [(100.0, "right_main_bronchus"), (140.0, "left_main_bronchus")])
def test_a_tip_below_the_carina_is_negative_and_names_its_bronchus(col: float, where: str) -> None:
    distance = ett_tip_to_carina(line((0, 119), (140, col)), CARINA, chest(), Grid(1, 1, "mm"))
    assert distance.value < -15
    assert distance.details["tip_in"] == where
    assert distance.spec.reference_class(distance, "AP") == where


def test_ett_distance_in_tracheal_widths_does_not_depend_on_the_spacing() -> None:
    course = line((0, 119.5), (83.5, 119.5))
    values = [
        ett_tip_to_carina_tracheal_widths(course, CARINA, chest(), grid).value
        for grid in (Grid(), Grid(0.143, 0.143, "mm"))
    ]
    assert values == pytest.approx([3.0, 3.0], abs=0.02)


def test_no_trachea_no_tracheal_widths() -> None:
    masks = {**chest(), "airways": np.zeros(SHAPE, bool)}
    with pytest.raises(NotMeasurable, match="missing_structure"):
        ett_tip_to_carina_tracheal_widths(line((0, 119), (80, 119)), CARINA, masks, Grid())


@given(st.floats(0.1, 2.0))
def test_lengths_scale_with_the_spacing(spacing: float) -> None:
    course, masks = line((0, 119), (80, 119)), chest()
    one, other = (cvc_tip_to_carina(course, CARINA, masks, grid) for grid in (Grid(), Grid(spacing, spacing, "mm")))
    assert other.value == pytest.approx(one.value * spacing)


def test_gastric_tube_below_the_diaphragm_is_negative_with_its_course_checked() -> None:
    course = np.concatenate([line((0, 121), (200, 123)), line((201, 124), (259, 170))])
    distance = ngt_tip_to_diaphragm(course, CARINA, chest(), Grid())
    assert distance.value == pytest.approx(219 - 259)
    assert distance.details == {
        "crosses_diaphragm": "yes",
        "crosses_near_midline": "yes",
        "bisects_carina": "yes",
        "leaves_midline_above_diaphragm": "no",
        "coiled_above_diaphragm": "no",
    }


def test_gastric_tube_in_a_bronchus_leaves_the_midline() -> None:
    course = np.concatenate([line((0, 119), (119, 119)), line((120, 118), (190, 60))])
    distance = ngt_tip_to_diaphragm(course, CARINA, chest(), Grid())
    assert distance.value > 0
    assert distance.details["crosses_diaphragm"] == "no"
    assert distance.details["leaves_midline_above_diaphragm"] == "yes"


def test_a_coil_above_the_diaphragm_is_told() -> None:
    course = np.concatenate([line((0, 121), (180, 121)), line((180, 130), (120, 130))])
    assert ngt_tip_to_diaphragm(course, CARINA, chest(), Grid()).details["coiled_above_diaphragm"] == "yes"


def test_catheter_side_changes_with_the_mirror() -> None:
    course, mirror = line((0, 60), (110, 95)), SHAPE[1] - 1
    masks = chest()
    mirrored = {
        "right_lung": masks["left_lung"][:, ::-1],
        "left_lung": masks["right_lung"][:, ::-1],
        "airways": masks["airways"][:, ::-1],
    }
    one = cvc_tip_to_carina(course, CARINA, masks, Grid())
    flipped = np.stack([course[:, 0], mirror - course[:, 1]], axis=1)
    other = cvc_tip_to_carina(flipped, Point(CARINA.row, mirror - CARINA.col), mirrored, Grid())
    assert one.value == pytest.approx(other.value) == pytest.approx(9.5)
    assert (one.details["side"], other.details["side"]) == ("right", "left")
    assert one.details["tip_angle"] == other.details["tip_angle"]


@pytest.mark.parametrize("angle", [0, 30, 60, 90, 170])
def test_tip_angle_is_from_vertical(angle: int) -> None:
    step = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    course = np.array([100.0, 100.0]) + np.linspace(-80, 0, 50)[:, None] * step
    assert tip_angle(course, Grid()) == pytest.approx(angle, abs=0.5)


@pytest.mark.parametrize(
    ("millimetres", "word"),
    [
        (2, "low"),
        (8, "indeterminate"),
        (20, "low_unless_flexed"),
        (50, "normal"),
        (80, "high_unless_extended"),
        (110, "high"),
    ],
)
def test_ett_words(millimetres: float, word: str) -> None:
    details = {"tip_in": "trachea"}
    in_mm, in_px = (
        ETT_TIP_TO_CARINA.value(millimetres, grid, method="course", details=details) for grid in (MILLIMETRES, Grid())
    )
    assert ETT_TIP_TO_CARINA.reference_class(in_mm, "AP") == word
    assert ETT_TIP_TO_CARINA.reference_class(in_px, "AP") == ""


@pytest.mark.parametrize(("millimetres", "word"), [(60, "high"), (0, "normal"), (-40, "normal"), (-80, "deep")])
def test_catheter_words(millimetres: float, word: str) -> None:
    distance = CVC_TIP_TO_CARINA.value(millimetres, MILLIMETRES, method="course")
    assert CVC_TIP_TO_CARINA.reference_class(distance, "AP") == word
