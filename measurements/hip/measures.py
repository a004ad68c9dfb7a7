"""What is measured on the axes of the hips, one function each."""

from __future__ import annotations

from radcaliper.measurements.catalog import CCD_ANGLE, FEMORAL_HEAD_DIAMETER, FEMORAL_OFFSET, LEG_LENGTH_DIFFERENCE
from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.types import Grid, MeasuredValue, Point


def ccd_angle(axes: FemurAxes, grid: Grid, side: str) -> MeasuredValue:
    """The neck-shaft angle in degrees, 0 to 180; points: head centre, neck, shaft upper and lower."""
    return CCD_ANGLE.value(axes.ccd_angle(), grid, axes.points(grid), side, axes.method)


def femoral_head_diameter(axes: FemurAxes, grid: Grid, side: str) -> MeasuredValue:
    """Diameter of the head's circle; points: its outermost places along the film's rows."""
    row, col = axes.head
    ends = tuple(Point(float(row) / grid.row, float(col + sign * axes.radius) / grid.col) for sign in (-1, 1))
    return FEMORAL_HEAD_DIAMETER.value(2 * axes.radius, grid, ends, side, axes.method)


def femoral_offset(axes: FemurAxes, grid: Grid, side: str) -> MeasuredValue:
    """Distance of the head's centre from the shaft's axis; points: the centre and its foot on the axis."""
    foot = axes.foot()
    ends = tuple(Point(float(row) / grid.row, float(col) / grid.col) for row, col in (axes.head, foot))
    return FEMORAL_OFFSET.value(axes.offset(), grid, ends, side, axes.method)


def leg_length_difference(right: FemurAxes, left: FemurAxes, grid: Grid) -> MeasuredValue:
    """How much lower the right lesser trochanter lies than the left one, on the film as it is: negative if higher.

    The level of a trochanter is that of the shaft axis's upper end. A pelvis that lies tilted on the film counts in.
    """
    ends = tuple(axes.points(grid)[2] for axes in (right, left))
    difference = float(right.shaft_upper[0] - left.shaft_upper[0])
    return LEG_LENGTH_DIFFERENCE.value(difference, grid, ends, method=right.method)
