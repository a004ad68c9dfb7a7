"""What people hand over: other types of arrays, specks, gaps, swapped corners. Converted, or refused with words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from radcaliper.measurements.chest import cardiothoracic_ratio, heart_area, lung_width
from radcaliper.measurements.spine.angles import measure_aasce_angles, measure_cobb_angles, measure_spine
from radcaliper.measurements.types import Grid, NotMeasurable

NAMES = [f"vertebra_{number:02d}" for number in range(1, 18)]
DOWN = np.array([14.0, 0.0])


def spine(count: int = 17, bend: float = 36.0) -> np.ndarray:
    """Vertebrae whose tilts rise and fall by ``bend`` degrees in all, without noise."""
    tilts = np.radians(bend / 2 * np.sin(np.linspace(-np.pi / 2, np.pi / 2, count)))
    box = np.array([[-14, -25], [-14, 25], [14, -25], [14, 25]], float)
    turned = [box @ [[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]] for t in tilts]
    return np.array([quad + np.array([60 + 40 * place, 250]) for place, quad in enumerate(turned)])


def main_angle(corners: np.ndarray) -> float:
    return next(v.value for v in measure_cobb_angles(corners, NAMES, Grid()) if v.site == "curve_1")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, np.float32])
def test_corners_of_any_type_are_read_as_numbers(kind: type) -> None:
    corners = spine(5) if kind is np.uint8 else spine()
    corners = np.round(corners * (0.5 if kind is np.uint8 else 1))
    assert main_angle(corners.astype(kind)) == main_angle(corners)


def test_corners_may_be_lists() -> None:
    assert main_angle(spine().tolist()) == main_angle(spine())  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [4, 5, 6, 7, 8, 12, 17])
@pytest.mark.parametrize("bend", [5.0, 34.88, 80.0])
def test_exact_corners_are_measured_exactly_however_few(count: int, bend: float) -> None:
    assert main_angle(spine(count, bend)) == pytest.approx(bend, abs=0.5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_corners_that_are_not_finite_are_refused_with_the_vertebra(bad: float) -> None:
    corners = spine()
    corners[5, 2, 1] = bad
    with pytest.raises(NotMeasurable, match="vertebra 6 from the top has a corner that is not finite") as refusal:
        measure_spine(corners, NAMES, 800, Grid())
    assert refusal.value.reason == "implausible_corners"


@pytest.mark.parametrize(
    "order", [[1, 0, 3, 2], [2, 3, 0, 1], [0, 1, 3, 2], [1, 0, 2, 3], [0, 2, 1, 3]],
    ids=["left and right", "top and bottom", "crossed below", "crossed above", "columns first"],
)  # fmt: skip
def test_swapped_and_crossed_corners_are_refused(order: list[int]) -> None:
    corners = spine()
    corners[3] = corners[3][order]
    with pytest.raises(NotMeasurable, match="vertebra 4 from the top are swapped or crossed"):
        measure_spine(corners, NAMES, 800, Grid())


def test_x_before_y_is_refused() -> None:
    with pytest.raises(NotMeasurable, match="implausible_corners"):
        measure_spine(spine()[..., ::-1], NAMES, 800, Grid())


@pytest.mark.parametrize("order", [slice(None, None, -1), [*range(1, 17), 0], [0, 2, 1, *range(3, 17)]], ids=str)
def test_vertebrae_out_of_order_are_refused(order: object) -> None:
    with pytest.raises(NotMeasurable, match="do not follow one another"):
        measure_spine(spine()[order], NAMES, 800, Grid())  # type: ignore[index]


@pytest.mark.parametrize("shape", [(17, 4), (68, 2), (17, 4, 3), (17, 5, 2)])
def test_another_shape_is_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=re.escape("(N, 4, 2)")):
        measure_spine(np.zeros(shape), NAMES, 800, Grid())


def test_the_aasce_angles_are_not_said_of_pixels_that_are_not_square() -> None:
    grid = Grid(0.3, 0.6, "mm")
    with pytest.raises(NotMeasurable, match="pixels_not_square"):
        measure_aasce_angles(spine(), NAMES, 800, grid)
    assert {v.spec.name for v in measure_spine(spine(), NAMES, 800, grid)} == {
        "cobb_angle", "apical_translation", "coronal_balance",
    }  # fmt: skip


@pytest.mark.parametrize("size", [(0.0, 1.0), (1.0, -1.0), (np.nan, 1.0), (1.0, np.inf)])
def test_a_pixel_has_a_size(size: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        Grid(*size)


def hemivertebra() -> np.ndarray:
    """A wedge of 40 degrees at one vertebra, and a counter-curve of 40 degrees below it."""
    upper = np.array([0] * 7 + [40, 26.7, 13.3] + [0] * 7, float)
    lower = np.array([0] * 6 + [40, 40, 13.3] + [0] * 8, float)
    quads = []
    for place, (u, low) in enumerate(zip(np.radians(upper), np.radians(lower), strict=True)):
        top, bottom = (np.array([[-np.tan(t) * 25, -25], [np.tan(t) * 25, 25]]) for t in (u, low))
        quads.append(np.concatenate([top - DOWN, bottom + DOWN]) + np.array([100 + 80 * place, 300]))
    return np.array(quads)


def test_a_wedged_vertebra_keeps_its_end_plates() -> None:
    values = measure_cobb_angles(hemivertebra(), NAMES, Grid())
    by_endplates = {v.site: v.value for v in values if v.method == "endplates"}
    assert by_endplates["curve_1"] == pytest.approx(40, abs=3)
    assert by_endplates["curve_2"] == pytest.approx(40, abs=3)


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros((400, 400), bool)
    mask[top:bottom, left:right] = True
    return mask


CHEST = {"right_lung": box(50, 300, 40, 160), "left_lung": box(50, 300, 240, 360), "heart": box(200, 300, 130, 290)}


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("inside", [1, 100])
def test_masks_of_any_type_are_taken(kind: type, inside: int) -> None:
    masks = {name: (mask * inside).astype(kind) for name, mask in CHEST.items()}
    assert cardiothoracic_ratio(masks, Grid()).value == 0.5
    assert heart_area(masks, Grid()).value == 160 * 100


@pytest.mark.parametrize("place", [(10, 10), (390, 395), (250, 395), (5, 200)])
def test_a_stray_speck_does_not_decide(place: tuple[int, int]) -> None:
    heart = CHEST["heart"].copy()
    heart[place[0] : place[0] + 3, place[1] : place[1] + 3] = True
    assert cardiothoracic_ratio({**CHEST, "heart": heart}, Grid()).value == 0.5


def test_a_lung_in_two_large_pieces_keeps_both() -> None:
    lung = CHEST["right_lung"].copy()
    lung[:, 100:104] = False
    assert lung_width({"right_lung": lung}, Grid(), "right").value == 120


def test_a_missing_and_an_empty_mask_are_refused_with_words() -> None:
    with pytest.raises(NotMeasurable, match="there is no mask of heart"):
        heart_area({}, Grid())
    with pytest.raises(NotMeasurable, match="the mask of heart is empty"):
        heart_area({"heart": np.zeros((9, 9), bool)}, Grid())


def test_a_mask_is_a_plane() -> None:
    with pytest.raises(ValueError, match="two dimensions"):
        heart_area({"heart": np.ones((9, 9, 3), bool)}, Grid())
