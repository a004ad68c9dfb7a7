"""A measurement's value follows from its points, which are what a person would draw to get it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from radcaliper.measurements.catalog import measurements_of, with_sites
from radcaliper.measurements.geometry import angle_between
from radcaliper.measurements.spine.angles import measure_centreline, measure_spine
from radcaliper.measurements.tubes.distances import cvc_tip_to_carina, ett_tip_to_carina, ngt_tip_to_diaphragm
from radcaliper.measurements.types import Grid, MeasuredValue, Point
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks

GRIDS = [Grid(), Grid(0.5, 0.5, "mm"), Grid(0.3, 0.6, "mm")]


def ellipse(centre: tuple[int, int], half: tuple[int, int]) -> np.ndarray:
    rows, cols = np.mgrid[:400, :500]
    return ((rows - centre[0]) / half[0]) ** 2 + ((cols - centre[1]) / half[1]) ** 2 <= 1


@pytest.fixture(scope="module")
def chest() -> dict[str, np.ndarray]:
    """Lungs, heart, clavicles, a spine, and a trachea that leans and forks."""
    rows, cols = np.mgrid[:400, :500]
    trunk = (np.abs(cols - 240 - 0.1 * (rows - 20)) < 9) & (rows > 20) & (rows < 160)
    right = (np.abs(cols - (254 - 0.7 * (rows - 160))) < 7) & (rows >= 160) & (rows < 210)
    left = (np.abs(cols - (254 + 0.9 * (rows - 160))) < 7) & (rows >= 160) & (rows < 200)
    return {
        "right_lung": ellipse((190, 120), (150, 70)),
        "left_lung": ellipse((190, 380), (150, 70)),
        "heart": ellipse((260, 265), (60, 80)),
        "right_clavicle": ellipse((60, 160), (8, 50)),
        "left_clavicle": ellipse((70, 350), (8, 60)),
        "airways": trunk | right | left,
        "spine": np.abs(cols - 250) < 15,
    }


def lengths(value: MeasuredValue, grid: Grid) -> list[tuple[float, float]]:
    """(down, across) between neighbouring points, in the grid's unit."""
    size = [grid.row, grid.col]
    return [tuple(np.subtract(b, a) * size) for a, b in zip(value.points, value.points[1:], strict=False)]


def across(value: MeasuredValue, grid: Grid) -> float:
    return lengths(value, grid)[0][1]


def down(value: MeasuredValue, grid: Grid) -> float:
    return lengths(value, grid)[0][0]


def ratio_of_widths(value: MeasuredValue, grid: Grid) -> float:
    first, _, second = (each[1] for each in lengths(value, grid))
    return first / second


def ratio_of_sides(value: MeasuredValue, grid: Grid) -> float:
    sides = [each[1] for each in lengths(value, grid)]
    return min(sides) / max(sides)


def angle_at_the_middle(value: MeasuredValue, grid: Grid) -> float:
    into, out = (np.array(each) for each in lengths(value, grid))
    return angle_between(-into, out)


CHEST: dict[str, Callable[[MeasuredValue, Grid], float]] = {
    "cardiothoracic_ratio": ratio_of_widths,
    "thoracic_width": across,
    "heart_width": across,
    "lung_height": down,
    "lung_width": across,
    "mediastinal_width": across,
    "mediastinal_width_ratio": ratio_of_widths,
    "costophrenic_angle": angle_at_the_middle,
    "carina_angle": angle_at_the_middle,
    "trachea_deviation": across,
    "rotation_ratio": ratio_of_sides,
}
WITHOUT_POINTS = {"heart_area", "lung_area", "lung_area_ratio"}


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_on_the_chest(chest: dict[str, np.ndarray], grid: Grid) -> None:
    seen = set()
    for spec, site in with_sites(on_masks(measurements_of("chest"))):
        value = measure_masks(spec, site, chest, grid)
        seen.add(spec.name)
        if spec.name in WITHOUT_POINTS:
            assert value.points == ()
        else:
            assert CHEST[spec.name](value, grid) == pytest.approx(value.value, rel=1e-9), spec.name
    assert seen == CHEST.keys() | WITHOUT_POINTS


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_of_tubes(chest: dict[str, np.ndarray], grid: Grid) -> None:
    course, carina = np.array([[5.0, 240], [60, 246], [110, 251]]), Point(160, 254)
    for function in (ett_tip_to_carina, cvc_tip_to_carina, ngt_tip_to_diaphragm):
        value = function(course, carina, chest, grid)
        assert float(np.hypot(*lengths(value, grid)[0])) == pytest.approx(abs(value.value), rel=1e-9)


def curved_spine(seed: int) -> np.ndarray:
    """Seventeen vertebrae along an S, their corners off by a pixel."""
    rng = np.random.default_rng(seed)
    quads = []
    for number in range(17):
        tilt = np.radians(22 * np.sin(number / 2.6))
        turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
        box = np.array([[-14, -25], [-14, 25], [14, -25], [14, 25]], float)
        quads.append(box @ turn + [60 + 38 * number, 250 + 30 * np.sin(number / 5)])
    return np.array(quads) + rng.normal(0, 1, (17, 4, 2))


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_of_every_angle_of_a_spine(grid: Grid, seed: int) -> None:
    corners = curved_spine(seed)
    values = measure_spine(corners, [f"vertebra_{n:02d}" for n in range(1, 18)], 800, grid)
    angles = [value for value in values if value.spec.name.startswith("cobb")]
    assert len(angles) >= 2 + 3 * grid.is_square
    for value in angles:
        upper, _, lower = (np.array(each) for each in lengths(value, grid))
        assert angle_between(upper, lower) == pytest.approx(value.value, abs=1e-6), (value.site, value.method)


def test_of_a_centreline() -> None:
    rows, cols = np.mgrid[:600, :300]
    spine = np.abs(cols - 150 - 40 * np.sin(rows / 120)) < 20
    for value in measure_centreline({"spine": spine}, Grid()):
        upper, _, lower = (np.array(each) for each in lengths(value, Grid()))
        assert angle_between(upper, lower) == pytest.approx(value.value, abs=1e-6)
