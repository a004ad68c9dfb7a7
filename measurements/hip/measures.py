"""What is measured on the axes of the hips, as readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.types import Grid, Point, Reading, Unit


def ccd_angle(axes: FemurAxes, grid: Grid, side: str) -> Reading:
    """The neck-shaft angle in degrees, 0 to 180; points: head centre, neck, shaft upper and lower."""
    return Reading("ccd_angle", axes.ccd_angle(), Unit.DEGREE, axes.points(grid), side)


def femoral_head_diameter(axes: FemurAxes, grid: Grid, side: str) -> Reading:
    """Diameter of the head's circle; points: its outermost places along the film's rows."""
    row, col = axes.head
    ends = tuple(Point(float(row) / grid.row, float(col + sign * axes.radius) / grid.col) for sign in (-1, 1))
    return Reading("femoral_head_diameter", 2 * axes.radius, grid.length_unit, ends, side)


def femoral_offset(axes: FemurAxes, grid: Grid, side: str) -> Reading:
    """Distance of the head's centre from the shaft's axis; points: the centre and its foot on the axis."""
    foot = axes.foot()
    ends = tuple(Point(float(row) / grid.row, float(col) / grid.col) for row, col in (axes.head, foot))
    return Reading("femoral_offset", axes.offset(), grid.length_unit, ends, side)


def leg_length_difference(right: FemurAxes, left: FemurAxes, grid: Grid) -> Reading:
    """How much lower the right lesser trochanter lies than the left one, on the film as it is: negative if higher.

    The level of a trochanter is that of the shaft axis's upper end. A pelvis that lies tilted on the film counts in.
    """
    ends = tuple(axes.points(grid)[2] for axes in (right, left))
    difference = float(right.shaft_upper[0] - left.shaft_upper[0])
    return Reading("leg_length_difference", difference, grid.length_unit, ends)


HIP_MEASURES: Final[dict[str, Callable[[FemurAxes, Grid, str], Reading]]] = {
    "ccd_angle": ccd_angle,
    "femoral_head_diameter": femoral_head_diameter,
    "femoral_offset": femoral_offset,
}
"""What is measured on each side."""
