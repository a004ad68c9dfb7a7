"""Cobb angles of every curve, by both methods, and the AASCE challenge's three."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import COBB_ANGLE, COBB_ANGLE_AASCE
from radcaliper.measurements.chest.extents import structure
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.balance import apical_translation, coronal_balance
from radcaliper.measurements.spine.centreline import centreline
from radcaliper.measurements.spine.curves import Curve, curve_site, find_curves
from radcaliper.measurements.spine.smoothing import smooth, smooth_but_outliers
from radcaliper.measurements.spine.vertebra import (
    Corners,
    Degrees,
    checked_corners,
    lower_endplate_tilts,
    upper_endplate_tilts,
    vertebral_tilts,
)
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_FEWEST = 4


def _enough(corners: Corners) -> Corners:
    """The corners, checked, of at least four vertebrae."""
    checked = checked_corners(corners)
    if len(checked) < _FEWEST:
        raise NotMeasurable("spine_too_short", f"{len(checked)} vertebrae; {_FEWEST} are needed")
    return checked


def spine_curves(corners: Corners, grid: Grid) -> list[Curve]:
    """All curves of (N, 4, 2) corners, the largest first; NotMeasurable as ``smoothed_tilts``."""
    return sorted(find_curves(smoothed_tilts(corners, grid)), key=lambda curve: -curve.angle)


def smoothed_tilts(corners: Corners, grid: Grid) -> Degrees:
    """(N,) tilts of (N, 4, 2) vertebrae, smoothed along the spine.

    Raises NotMeasurable: ``spine_too_short`` (under four vertebrae), ``implausible_corners``.
    """
    return smooth(vertebral_tilts(_enough(corners), grid))


def tilted_line(middle: NDArray[np.float64], half: float, tilt: float, grid: Grid) -> tuple[Point, Point]:
    """The left and right end of a line through a place (2,) in pixels.

    It is ``half`` long to either side, in the grid's unit, and tilted by ``tilt`` degrees, positive where its right end
    is lower.
    """
    along = half * np.array([np.sin(np.radians(tilt)), np.cos(np.radians(tilt))]) / [grid.row, grid.col]
    return Point(*map(float, middle - along)), Point(*map(float, middle + along))


def _lines(corners: Corners, curve: Curve, tilts: tuple[Degrees, Degrees], grid: Grid) -> tuple[Point, ...]:
    """The two lines whose angle a curve is: along its end vertebrae's outer end plates, tilted as they are measured.

    Points: the upper line's left and right end, then the lower one's; ``tilts`` are those of upper and lower lines.
    """
    points: tuple[Point, ...] = ()
    for place, plate, tilt in ((curve.upper, slice(0, 2), tilts[0]), (curve.lower, slice(2, 4), tilts[1])):
        left, right = corners[place, plate]
        half = float(np.linalg.norm((right - left) * [grid.row, grid.col])) / 2
        points += tilted_line((left + right) / 2, half, float(tilt[place]), grid)
    return points


def _details(curve: Curve, names: Sequence[str]) -> dict[str, str]:
    return {
        "upper": names[curve.upper],
        "lower": names[curve.lower],
        "apex": names[curve.apex],
        "convex": curve.convex,
    }


def measure_curves(corners: Corners, names: Sequence[str], grid: Grid, curves: Sequence[Curve]) -> list[MeasuredValue]:
    """``cobb_angle`` of the curves, ``curve_1`` the first, by both methods, with each curve's apical translation.

    The classical angle is between the upper end plate of the upper and the lower end plate of the lower end vertebra;
    the end plates' own tilts are smoothed along the spine as the vertebrae's are, but for those of wedged vertebrae.
    Points: the two lines that the angle is between, each from left to right.
    """
    checked = _enough(corners)
    tilts = smooth(vertebral_tilts(checked, grid))
    upper, lower = (smooth_but_outliers(of(checked, grid)) for of in (upper_endplate_tilts, lower_endplate_tilts))
    measured = []
    for number, curve in enumerate(curves, start=1):
        details, site = _details(curve, names), curve_site(number)
        for method, ends in (("vertebral_tilt", (tilts, tilts)), ("endplates", (upper, lower))):
            angle, points = float(abs(ends[0][curve.upper] - ends[1][curve.lower])), _lines(checked, curve, ends, grid)
            measured.append(COBB_ANGLE.value(angle, grid, points, site, method, details))
        measured.append(apical_translation(checked, curve, site, grid))
    return measured


def _sides(corners: Corners, pair: tuple[int, int]) -> tuple[Point, ...]:
    """For each of two vertebrae the middles of its left and right side: the AASCE challenge's lines."""
    ends = (corners[place, side].mean(axis=0) for place in pair for side in ([0, 2], [1, 3]))
    return tuple(Point(*map(float, end)) for end in ends)


def measure_aasce_angles(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """``cobb_angle_aasce`` main, second and third of (N, 4, 2) corners on a film of ``height`` rows.

    Points: the lines that each angle is between. Raises NotMeasurable: ``spine_too_short``, ``implausible_corners``,
    and ``pixels_not_square`` where the grid says so, for the challenge knows square pixels alone.
    """
    if not grid.is_square:
        raise NotMeasurable("pixels_not_square", "the AASCE angles are defined on square pixels")
    checked = _enough(corners)
    angles = aasce_angles(checked, height)
    found = {
        "main": (angles.main, angles.main_pair),
        "second": (angles.second, angles.second_pair),
        "third": (angles.third, angles.third_pair),
    }
    return [
        COBB_ANGLE_AASCE.value(
            angle,
            grid,
            _sides(checked, pair),
            site,
            "vertebral_tilt",
            {"upper": names[pair[0]], "lower": names[pair[1]]} if site == "main" else {},
        )
        for site, (angle, pair) in found.items()
    ]


def measure_cobb_angles(corners: Corners, names: Sequence[str], grid: Grid) -> list[MeasuredValue]:
    """The angles of every curve, the largest first."""
    return measure_curves(corners, names, grid, spine_curves(corners, grid))


def measure_spine(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """All measurements on a spine's vertebrae."""
    return [*measure_cobb_angles(corners, names, grid), *measure_whole_spine(corners, names, height, grid)]


def measure_whole_spine(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """The measurements that do not depend on the curves: AASCE angles, where pixels are square, and coronal balance."""
    aasce = measure_aasce_angles(corners, names, height, grid) if grid.is_square else []
    return [*aasce, coronal_balance(_enough(corners), grid)]


def measure_centreline(masks: Masks, grid: Grid) -> list[MeasuredValue]:
    """``cobb_angle`` of every curve of the ``spine`` mask's centreline, method ``centreline``.

    Points: at its two ends the lines across the centreline, each from left to right.
    """
    spine = structure(masks, "spine")
    line = centreline(spine, grid)
    half = float(np.median(spine[spine.any(axis=1)].sum(axis=1))) * grid.col / 2
    curves = sorted(find_curves(line.tilts), key=lambda curve: -curve.angle)
    return [
        COBB_ANGLE.value(
            curve.angle,
            grid,
            tuple(
                point
                for place in (curve.upper, curve.lower)
                for point in tilted_line(line.places[place], half, float(line.tilts[place]), grid)
            ),
            curve_site(number),
            "centreline",
            {"convex": curve.convex},
        )
        for number, curve in enumerate(curves, start=1)
    ]
