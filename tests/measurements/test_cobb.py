"""Cobb geometry on analytic spines, its symmetries, and the published angles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.angles import measure_centreline, measure_cobb_angles, spine_curves
from radcaliper.measurements.spine.balance import coronal_balance
from radcaliper.measurements.spine.vertebra import vertebral_tilts
from radcaliper.measurements.types import Grid, NotMeasurable

Tilt = Callable[[NDArray[np.float64]], NDArray[np.float64]]
PIXELS = Grid()
NAMES = [f"vertebra_{number:02d}" for number in range(1, 18)]
SHAPES: dict[str, tuple[Tilt, list[float]]] = {
    "straight": (lambda u: 0 * u, [0]),
    "C": (lambda u: 20 * np.cos(np.pi * u), [40]),
    "S": (lambda u: 15 * np.cos(2 * np.pi * u), [30, 30]),
    "triple": (lambda u: 16.25 * np.cos(3 * np.pi * u), [32.2, 32.2, 31.9]),
    "high": (lambda u: 20 * np.cos(2 * np.pi * np.minimum(u, 0.5)), [40]),
    "low": (lambda u: -20 * np.cos(2 * np.pi * np.maximum(u, 0.5)), [40]),
    "tilted trunk": (lambda u: 15 * np.cos(2 * np.pi * u) + 10, [30, 30]),
}


def spine(shape: str, count: int = 17) -> NDArray[np.float64]:
    """Corners of vertebrae 50 pixels wide and high that stand upright on a line with the shape's tilts."""
    tilts = np.radians(SHAPES[shape][0](np.arange(count) / (count - 1)))
    down = np.stack([np.cos(tilts), -np.sin(tilts)], axis=1)
    across = np.stack([np.sin(tilts), np.cos(tilts)], axis=1)
    middles = 60 * np.cumsum(down, axis=0) + [100, 400]
    return np.stack([middles + 25 * (v * down + h * across) for v, h in ((-1, -1), (-1, 1), (1, -1), (1, 1))], axis=1)


def mirrored(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    turned = corners[:, [1, 0, 3, 2]].copy()
    turned[..., 1] = 800 - turned[..., 1]
    return turned


def turned(corners: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (corners - 500) @ np.array([[c, -s], [s, c]]) + 500


@pytest.mark.parametrize("shape", SHAPES)
def test_every_curve_is_found_with_its_angle(shape: str) -> None:
    angles = [curve.angle for curve in spine_curves(spine(shape), PIXELS)]
    assert angles == pytest.approx(SHAPES[shape][1], abs=0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_methods_agree_on_square_vertebrae(shape: str) -> None:
    values = measure_cobb_angles(spine(shape), NAMES, PIXELS)
    angles = {(each.site, each.method): each.value for each in values if each.spec is COBB_ANGLE}
    for (site, method), angle in angles.items():
        assert angle == pytest.approx(angles[site, "vertebral_tilt"], abs=0.01), method


def test_end_vertebrae_and_side() -> None:
    angle = measure_cobb_angles(spine("C"), NAMES, PIXELS)[0]
    assert (angle.site, angle.method) == ("curve_1", "vertebral_tilt")
    assert angle.details == {"upper": "vertebra_01", "lower": "vertebra_17", "apex": "vertebra_09", "convex": "right"}
    assert len(angle.points) == 4


def test_the_convex_side_is_where_the_spine_bulges() -> None:
    corners = spine("C")
    bulge = corners[8].mean(axis=0)[1] - corners[[0, -1]].mean(axis=(0, 1))[1]
    assert bulge < 0  # to the image's left, the patient's right
    assert spine_curves(corners, PIXELS)[0].convex == "right"


shapes = st.sampled_from(list(SHAPES))


@given(shapes)
def test_mirroring_changes_sides_and_signs(shape: str) -> None:
    one, other = spine_curves(spine(shape), PIXELS), spine_curves(mirrored(spine(shape)), PIXELS)
    assert sorted(c.bend for c in one) == pytest.approx(sorted(-c.bend for c in other), abs=1e-6)
    balance, opposite = coronal_balance(spine(shape), PIXELS), coronal_balance(mirrored(spine(shape)), PIXELS)
    assert balance.value == pytest.approx(-opposite.value)


@given(shapes, st.floats(-20, 20))
def test_turning_the_film_changes_no_angle(shape: str, degrees: float) -> None:
    angles = [curve.angle for curve in spine_curves(spine(shape), PIXELS)]
    assert [c.angle for c in spine_curves(turned(spine(shape), degrees), PIXELS)] == pytest.approx(angles, abs=0.01)


@given(shapes, st.floats(0.1, 10))
def test_size_changes_no_angle(shape: str, factor: float) -> None:
    angles = [curve.angle for curve in spine_curves(spine(shape), PIXELS)]
    assert [c.angle for c in spine_curves(factor * spine(shape), PIXELS)] == pytest.approx(angles, abs=1e-6)


def test_squashed_pixels_are_put_right_by_their_spacing() -> None:
    squashed = spine("S") * [1, 0.5]
    angles = [curve.angle for curve in spine_curves(squashed, Grid(0.2, 0.4, "mm"))]
    assert angles == pytest.approx([30, 30], abs=0.5)


def largest(corners: NDArray[np.float64]) -> float:
    return spine_curves(corners, PIXELS)[0].angle


@pytest.mark.parametrize(("shape", "most"), [("straight", 4.0), ("C", 3.0), ("S", 2.5)])
def test_two_pixels_of_noise_pass_for_little_curvature(shape: str, most: float) -> None:
    rng, true = np.random.default_rng(0), SHAPES[shape][1][0]
    noisy = [spine(shape) + rng.normal(0, 2, (17, 4, 2)) for _ in range(100)]
    bias = float(np.mean([largest(corners) - true for corners in noisy]))
    raw = float(np.mean([np.ptp(vertebral_tilts(corners, PIXELS)) - true for corners in noisy]))
    assert -0.5 < bias < most
    assert bias < raw


@pytest.mark.parametrize("shape", ["straight", "C", "S"])
def test_a_mask_s_centreline_bends_as_its_vertebrae(shape: str) -> None:
    corners = spine(shape)
    rows = np.arange(round(corners[..., 0].min()), round(corners[..., 0].max()))
    middle = np.interp(rows, corners.mean(axis=1)[:, 0], corners.mean(axis=1)[:, 1])
    mask = np.zeros((1300, 800), bool)
    for row, col in zip(rows, middle, strict=True):
        mask[row, round(col) - 25 : round(col) + 26] = True
    angle = measure_centreline({"spine": mask}, PIXELS)[0]
    assert angle.method == "centreline"
    assert angle.value == pytest.approx(SHAPES[shape][1][0], abs=6)


def test_too_little_spine_is_refused() -> None:
    with pytest.raises(NotMeasurable, match="spine_too_short"):
        spine_curves(spine("C")[:3], PIXELS)
    with pytest.raises(NotMeasurable, match="spine_too_short"):
        measure_centreline({"spine": np.ones((50, 40), bool)}, PIXELS)


def test_published_angles_are_reproduced(data_folder: Path) -> None:
    table = pd.read_csv(data_folder / "spine" / "aasce" / "landmarks.csv")
    columns = [column for column in table.columns if column.startswith("v") and column[1:3].isdigit()]
    corners = table[columns].to_numpy(float).reshape(len(table), -1, 4, 2)[..., ::-1]
    found = [aasce_angles(each, height) for each, height in zip(corners, table.height, strict=True)]
    angles = np.array([[each.main, each.second, each.third] for each in found])
    assert len(table) == 462
    assert np.abs(angles - table[["main", "second", "third"]].to_numpy(float)).max() < 0.01
