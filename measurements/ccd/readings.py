"""The numbers taken from a femur's axes."""

from __future__ import annotations

from radcaliper.measurements.ccd.axes import FemurAxes
from radcaliper.measurements.types import Reading, Unit


def ccd_angle(axes: FemurAxes) -> Reading:
    """The medial angle between neck axis and shaft axis in degrees, 80 to 175 (about 125 to 135 in adults).

    Points: head's centre, middle of the neck, upper and lower end of the shaft's axis.
    """
    details = {
        "visible_shaft": f"{axes.visible_shaft:.2f}",
        "lesser_trochanter": "seen" if axes.trochanter_seen else "hidden",
    }
    points = (axes.head, axes.neck, axes.shaft_upper, axes.shaft_lower)
    return Reading("ccd_angle", axes.angle, Unit.DEGREE, points, axes.side, details=details)


def femoral_head_diameter(axes: FemurAxes) -> Reading:
    """The diameter of the head's circle. Points: its centre and the middle of the neck, along which it may be drawn."""
    return Reading("femoral_head_diameter", 2 * axes.head_radius, axes.unit, (axes.head, axes.neck), axes.side)


def femoral_offset(axes: FemurAxes) -> Reading:
    """The distance from the head's centre to the shaft's axis. Points: the centre and its foot on the axis."""
    return Reading("femoral_offset", axes.offset, axes.unit, (axes.head, axes.shaft_foot), axes.side)
