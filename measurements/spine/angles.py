"""Cobb angles of every curve, by both methods, and the AASCE challenge's three."""

from __future__ import annotations

from collections.abc import Sequence

from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.balance import apical_translation, coronal_balance
from radcaliper.measurements.spine.centreline import centreline
from radcaliper.measurements.spine.curves import Curve, find_curves
from radcaliper.measurements.spine.smoothing import smooth
from radcaliper.measurements.spine.vertebra import (
    Corners,
    Degrees,
    lower_endplate_tilts,
    upper_endplate_tilts,
    vertebral_tilts,
)
from radcaliper.measurements.types import Grid, Masks, NotMeasurable, Point, Reading, Unit

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


def curve_readings(corners: Corners, names: Sequence[str], grid: Grid, curves: Sequence[Curve]) -> list[Reading]:
    """``cobb_angle`` of the curves, ``curve_1`` the first, by both methods, with each curve's apical translation.

    The classical angle is between the upper end plate of the upper and the lower end plate of the lower end vertebra;
    the end plates' own tilts are smoothed along the spine as the vertebrae's are.
    """
    upper, lower = smooth(upper_endplate_tilts(corners, grid)), smooth(lower_endplate_tilts(corners, grid))
    readings = []
    for number, curve in enumerate(curves, start=1):
        points, details = _endplates(corners, curve.upper, curve.lower), _details(curve, names)
        by_endplates = float(abs(upper[curve.upper] - lower[curve.lower]))
        angles = {"vertebral_tilt": curve.angle, "endplates": by_endplates}
        for method, angle in angles.items():
            readings.append(Reading("cobb_angle", angle, Unit.DEGREE, points, f"curve_{number}", method, details))
        readings.append(apical_translation(corners, curve, f"curve_{number}", grid))
    return readings


def aasce_readings(corners: Corners, names: Sequence[str], height: float) -> list[Reading]:
    """``cobb_angle_aasce`` main, second and third of (N, 4, 2) corners on a film of ``height`` rows, square pixels."""
    if len(corners) < _FEWEST:
        raise NotMeasurable("spine_too_short")
    angles = aasce_angles(corners, height)
    details = {"upper": names[angles.upper], "lower": names[angles.lower]}
    points = _endplates(corners, angles.upper, angles.lower)
    return [
        Reading("cobb_angle_aasce", angles.main, Unit.DEGREE, points, "main", "vertebral_tilt", details),
        Reading("cobb_angle_aasce", angles.second, Unit.DEGREE, (), "second", "vertebral_tilt"),
        Reading("cobb_angle_aasce", angles.third, Unit.DEGREE, (), "third", "vertebral_tilt"),
    ]


def cobb_readings(corners: Corners, names: Sequence[str], grid: Grid) -> list[Reading]:
    """The readings of every curve, the largest first."""
    return curve_readings(corners, names, grid, spine_curves(corners, grid))


def spine_readings(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[Reading]:
    """Everything that is measured on a spine's vertebrae."""
    return [*cobb_readings(corners, names, grid), *whole_spine_readings(corners, names, height, grid)]


def whole_spine_readings(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[Reading]:
    """What is measured whatever the curves are: the AASCE angles and the balance."""
    return [*aasce_readings(corners, names, height), coronal_balance(corners, grid)]


def centreline_readings(masks: Masks, grid: Grid) -> list[Reading]:
    """``cobb_angle`` of every curve of the ``spine`` mask's centreline, method ``centreline``; points: the two ends."""
    spine = masks.get("spine")
    if spine is None or not spine.any():
        raise NotMeasurable("missing_structure")
    line = centreline(spine, grid)
    curves = sorted(find_curves(line.tilts), key=lambda curve: -curve.angle)
    return [
        Reading(
            "cobb_angle",
            curve.angle,
            Unit.DEGREE,
            (line.point(curve.upper), line.point(curve.lower)),
            f"curve_{number}",
            "centreline",
            {"convex": curve.convex},
        )
        for number, curve in enumerate(curves, start=1)
    ]
