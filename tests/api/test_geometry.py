"""Geometry alone, on masks and landmarks whose numbers are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import radcaliper as rc
from radcaliper.measurements.hip.axes import POINT_NAMES
from radcaliper.measurements.types import Grid
from radcaliper.pipelines.phantoms.hip import HipPhantom
from radcaliper.pipelines.phantoms.spine import SpinePhantom


def test_ratio_of_rectangles() -> None:
    right, left, heart = (np.zeros((100, 120), np.uint8) for _ in range(3))
    right[10:90, 10:50], left[10:90, 70:110], heart[50:80, 40:80] = 255, 255, 255
    result = rc.measure_masks("chest", {"right_lung": right, "left_lung": left, "heart": heart}, spacing=0.5)
    assert result.measurement("cardiothoracic_ratio").value == pytest.approx(0.4)
    assert (result.measurement("heart_width").value, result.measurement("heart_width").unit) == (20.0, "mm")
    carina = result.measurement("carina_angle")
    assert (carina.value, carina.reasons) == (None, ("missing_structure",))
    assert result.to_frame()["lower"].isna().all()


def test_pixels_that_are_not_square() -> None:
    heart = np.zeros((100, 120), bool)
    heart[50:80, 40:80] = True
    assert rc.measure_masks("chest", {"heart": heart}, spacing=(2.0, 0.5)).measurement("heart_width").value == 20.0


def test_corners_of_a_spine(phantom: SpinePhantom) -> None:
    of_array = rc.measure_landmarks("spine", phantom.corners, shape=phantom.film.shape)
    names = (f"vertebra_{number:02d}_{corner}" for number in range(1, 18) for corner in ("tl", "tr", "bl", "br"))
    by_name = dict(zip(names, phantom.corners.reshape(-1, 2).tolist(), strict=True))
    of_names = rc.measure_landmarks("spine", by_name)
    assert of_array.measurement("cobb_angle").value == pytest.approx(32.0, abs=1.5)
    assert of_names.measurement("cobb_angle").value == pytest.approx(of_array.measurement("cobb_angle").value)
    assert of_array.measurement("cobb_angle_aasce").site == "main"
    with pytest.raises(LookupError):
        of_names.measurement("cobb_angle_aasce")


def test_landmarks_and_masks_of_hips(hips: HipPhantom) -> None:
    grid: Grid = hips.film.grid
    points = {
        f"{side}_{name}": point
        for side in ("right", "left")
        for name, point in zip(POINT_NAMES, hips.axes[side].points(grid), strict=True)
    }
    of_points = rc.measure_landmarks("hip", points, spacing=(grid.row, grid.col))
    assert of_points.measurement("ccd_angle").value == pytest.approx(hips.axes["right"].ccd_angle())
    with pytest.raises(LookupError):
        of_points.measurement("femoral_head_diameter")
    masks = {f"{side}_femur": hips.femora[side] for side in ("right", "left")}
    of_masks = rc.measure_masks("hip", masks, spacing=(grid.row, grid.col))
    assert of_masks.measurement("ccd_angle").value == pytest.approx(127, abs=3)
    one = rc.measure_masks("hip", {"left_femur": hips.femora["left"]})
    assert one.measurement("ccd_angle", site="right").reasons == ("missing_structure",)


def test_the_edge_of_a_head_gives_its_diameter() -> None:
    points = {
        "right_femoral_head_center": (100, 200),
        "right_femoral_head_edge": (75, 200),
        "right_neck_center": (130, 170),
        "right_shaft_upper": (200, 140),
        "right_shaft_lower": (300, 140),
    }
    result = rc.measure_landmarks("hip", points, spacing=1.0)
    assert result.measurement("femoral_head_diameter").value == 50.0
    assert result.measurement("ccd_angle").value == pytest.approx(135.0)
    assert result.measurement("femoral_offset").value == 60.0


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ({"hart": np.zeros((4, 4))}, "chest has no structure 'hart'; there are right_lung"),
        ({"heart": np.zeros((4, 4)), "right_lung": np.zeros((5, 4))}, "masks are of one shape"),
        ({"heart": np.zeros(4)}, "an array \\(height, width\\)"),
        ({}, "masks are of one shape, not of none"),
    ],
)
def test_wrong_masks_get_a_sentence(masks: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rc.measure_masks("chest", masks)


def test_wrong_landmarks_get_a_sentence() -> None:
    with pytest.raises(ValueError, match="no protocol is called 'spin'"):
        rc.measure_landmarks("spin", {})
    with pytest.raises(ValueError, match="an array \\(N, 4, 2\\)"):
        rc.measure_landmarks("spine", np.zeros((3, 4)))
    with pytest.raises(ValueError, match="pairs \\(row, col\\)"):
        rc.measure_landmarks("hip", {"right_neck_center": 3})  # type: ignore[dict-item]
