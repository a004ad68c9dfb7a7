"""Head, neck and shaft of one femur on an anteroposterior film, from its mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from radcaliper.measurements.ccd.head import find_head
from radcaliper.measurements.ccd.neck import find_neck
from radcaliper.measurements.ccd.shaft import fit_shaft, rough_shaft
from radcaliper.measurements.ccd.upright import Side, upright
from radcaliper.measurements.types import Grid, Mask, NotMeasurable, Point, Unit

ANGLE_RANGE: Final = (80.0, 175.0)
SHORT_OFFSET: Final = 1.0
"""Head centre to shaft axis, in head radii, below which the neck is seen much shortened (usually 1.4 to 2.0)."""
LARGE_TROCHANTER: Final = 0.55
"""How far the lesser trochanter stands out, in head radii, when the femur is turned outwards."""


@dataclass(frozen=True)
class FemurAxes:
    """What is drawn to measure a hip. Places in the film's pixels, lengths in ``unit``, ``angle`` in degrees.

    ``shaft_upper`` and ``shaft_lower`` end the shaft's axis, ``shaft_foot`` is the point of it nearest the head's centre.
    ``visible_shaft`` and ``trochanter_prominence`` are in head radii; the latter is 0 where the lesser trochanter is hidden.
    """

    side: Side
    head: Point
    head_radius: float
    head_arc: float
    neck: Point
    neck_width: float
    shaft_upper: Point
    shaft_lower: Point
    shaft_foot: Point
    offset: float
    angle: float
    lesser_trochanter: Point
    trochanter_seen: bool
    trochanter_prominence: float
    visible_shaft: float
    unit: Unit


def femur_axes(mask: Mask, side: Side, grid: Grid) -> FemurAxes:
    """Head circle, neck axis and shaft axis of one femur, on the patient's ``side``.

    ``mask`` (H, W) covers that femur only; pixels need not be square if ``grid`` says so. The angle is the medial one,
    between the neck axis (head's centre through the middle of the neck's narrowest part) and the shaft axis (a robust
    line through the mid-cortical centres from one to four head radii below the lesser trochanter, or as far as seen).
    Raises NotMeasurable with ``structure_not_seen``, ``border_cut``, ``shaft_too_short``, ``head_not_round``,
    ``neck_not_seen`` or ``implausible_axes``.
    """
    femur = upright(mask, side, grid)
    rough = rough_shaft(femur)
    head = find_head(femur, rough.width)
    shaft, lesser, visible = fit_shaft(femur, rough, head.centre, head.radius)
    neck = find_neck(femur, head.centre, head.radius, shaft.down)
    up_the_neck = head.centre - neck.centre
    cosine = float(up_the_neck @ shaft.down / np.linalg.norm(up_the_neck))
    angle = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    offset = float((head.centre - shaft.origin) @ shaft.medial)
    if not ANGLE_RANGE[0] <= angle <= ANGLE_RANGE[1] or offset <= 0:
        raise NotMeasurable("implausible_axes")
    top = shaft.level(neck.centre)
    bottom = lesser.level + min(visible, 4.0) * head.radius
    medial_border = shaft.at(lesser.level) + (shaft.width / 2 + lesser.prominence) * shaft.medial
    length = femur.unit_per_pixel
    return FemurAxes(
        side=side,
        head=femur.point(head.centre),
        head_radius=head.radius * length,
        head_arc=head.arc,
        neck=femur.point(neck.centre),
        neck_width=neck.width * length,
        shaft_upper=femur.point(shaft.at(top)),
        shaft_lower=femur.point(shaft.at(bottom)),
        shaft_foot=femur.point(shaft.at(shaft.level(head.centre))),
        offset=offset * length,
        angle=angle,
        lesser_trochanter=femur.point(medial_border),
        trochanter_seen=lesser.seen,
        trochanter_prominence=lesser.prominence / head.radius,
        visible_shaft=visible,
        unit=grid.length_unit,
    )


def rotation_warning(axes: FemurAxes) -> bool:
    """Whether the femur seems turned, so that the projected angle is not the neck-shaft angle.

    So where the neck is seen much shortened, or the lesser trochanter unusually large (turned outwards) or hidden
    (turned inwards).
    """
    shortened = axes.offset < SHORT_OFFSET * axes.head_radius
    return shortened or not axes.trochanter_seen or axes.trochanter_prominence > LARGE_TROCHANTER
