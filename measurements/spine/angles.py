"""Cobb angles of every curve, by both methods, and the AASCE challenge's three."""

from __future__ import annotations

from collections.abc import Sequence

from radcaliper.measurements.catalog import COBB_ANGLE, COBB_ANGLE_AASCE
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.balance import apical_translation, coronal_balance
from radcaliper.measurements.spine.centreline import centreline
from radcaliper.measurements.spine.curves import Curve, curve_site, find_curves
from radcaliper.measurements.spine.smoothing import smooth
from radcaliper.measurements.spine.vertebra import (
    Corners,
    Degrees,
    lower_endplate_tilts,
    upper_endplate_tilts,
    vertebral_tilts,
)
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_FEWEST = 4


def spine_curves(corners: Corners, grid: Grid) -> list[Curve]:
    """All curves of (N, 4, 2) corners, the largest first; NotMeasurable(``spine_too_short``) under four vertebrae."""
    return sorted(find_curves(smoothed_tilts(corners, grid)), key=lambda curve: -curve.angle)


def smoothed_tilts(corners: Corners, grid: Grid) -> Degrees:
    """(N,) tilts of (N, 4, 2) vertebrae, smoothed along the spine; NotMeasurable(``spine_too_short``) under four."""
    if len(corners) < _FEWEST:
        raise NotMeasurable("spine_too_short")
    return smooth(vertebral_tilts(corners, grid))


def _endplates(corners: Corners, upper: int, lower: int) -> tuple[Point, ...]:
    """Ends of the upper end vertebra's upper and of the lower one's lower end plate, each left then right."""
    ends = (*corners[upper, :2], *corners[lower, 2:])
    return tuple(Point(float(row), float(col)) for row, col in ends)


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
    the end plates' own tilts are smoothed along the spine as the vertebrae's are.
    """
    upper, lower = smooth(upper_endplate_tilts(corners, grid)), smooth(lower_endplate_tilts(corners, grid))
    measured = []
    for number, curve in enumerate(curves, start=1):
        points, details = _endplates(corners, curve.upper, curve.lower), _details(curve, names)
        by_endplates = float(abs(upper[curve.upper] - lower[curve.lower]))
        angles = {"vertebral_tilt": curve.angle, "endplates": by_endplates}
        for method, angle in angles.items():
            measured.append(COBB_ANGLE.value(angle, grid, points, curve_site(number), method, details))
        measured.append(apical_translation(corners, curve, curve_site(number), grid))
    return measured


def measure_aasce_angles(corners: Corners, names: Sequence[str], height: float) -> list[MeasuredValue]:
    """``cobb_angle_aasce`` main, second and third of (N, 4, 2) corners on a film of ``height`` rows, square pixels."""
    if len(corners) < _FEWEST:
        raise NotMeasurable("spine_too_short")
    angles = aasce_angles(corners, height)
    details = {"upper": names[angles.upper], "lower": names[angles.lower]}
    points = _endplates(corners, angles.upper, angles.lower)
    return [
        COBB_ANGLE_AASCE.value(angles.main, Grid(), points, "main", "vertebral_tilt", details),
        COBB_ANGLE_AASCE.value(angles.second, Grid(), (), "second", "vertebral_tilt"),
        COBB_ANGLE_AASCE.value(angles.third, Grid(), (), "third", "vertebral_tilt"),
    ]


def measure_cobb_angles(corners: Corners, names: Sequence[str], grid: Grid) -> list[MeasuredValue]:
    """The angles of every curve, the largest first."""
    return measure_curves(corners, names, grid, spine_curves(corners, grid))


def measure_spine(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """All measurements on a spine's vertebrae."""
    return [*measure_cobb_angles(corners, names, grid), *measure_whole_spine(corners, names, height, grid)]


def measure_whole_spine(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """The measurements that do not depend on the curves: the AASCE angles and the coronal balance."""
    return [*measure_aasce_angles(corners, names, height), coronal_balance(corners, grid)]


def measure_centreline(masks: Masks, grid: Grid) -> list[MeasuredValue]:
    """``cobb_angle`` of every curve of the ``spine`` mask's centreline, method ``centreline``; points: the two ends."""
    spine = masks.get("spine")
    if spine is None or not spine.any():
        raise NotMeasurable("missing_structure")
    line = centreline(spine, grid)
    curves = sorted(find_curves(line.tilts), key=lambda curve: -curve.angle)
    return [
        COBB_ANGLE.value(
            curve.angle,
            grid,
            (line.point(curve.upper), line.point(curve.lower)),
            curve_site(number),
            "centreline",
            {"convex": curve.convex},
        )
        for number, curve in enumerate(curves, start=1)
    ]
