"""Axes from a network's parts and the femur's outline together: the errors of their necks have little in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.from_mask import neck_on_outline
from radcaliper.measurements.hip.from_parts import axes_about, head_disc
from radcaliper.measurements.hip.head import head_on_outline, refuse_off_border, share_on_border
from radcaliper.measurements.hip.outline import FemurImage
from radcaliper.measurements.types import Grid, Masks, NotMeasurable

_DISBELIEVED: Final = 10.0
"""Degrees from the parts' neck at which the outline's counts nothing: bony spurs about a worn head deceive it. On
simulated hips the two were up to 9 apart, and their mean was nearer to the truth than either."""


def _towards_neck(axes: FemurAxes) -> Places:
    """Unit direction from the head's centre to the neck."""
    way = axes.neck - axes.head
    return np.asarray(way / np.linalg.norm(way))


def _turned(axes: FemurAxes, direction: Places) -> FemurAxes:
    """The same axes, the neck's along ``direction``."""
    length = np.linalg.norm(axes.neck - axes.head)
    return replace(axes, neck=axes.head + length * direction / np.linalg.norm(direction))


def neck_answers(masks: Masks, grid: Grid, side: str) -> tuple[FemurAxes, ...]:
    """The axes of one hip with each neck that is seen: that of the parts and, unless it is covered, the outline's.

    Needs the masks of ``axes_from_parts`` and ``<side>_femur``. The head is the circle along the femur's outline
    where it follows one, else that of the disc; the shaft is that of its band. Raises NotMeasurable as
    ``axes_from_parts`` does, ``missing_structure`` without a femur, and ``no_femoral_head`` where the circle does not
    follow the bone.
    """
    start, radius = head_disc(masks, grid, side)
    if not masks[f"{side}_femur"].any():
        raise NotMeasurable("missing_structure")
    mirror = np.array([1.0, 1.0 if side == "right" else -1.0])
    image = FemurImage.of_mask(masks[f"{side}_femur"], grid, inner_is_right=side == "right")
    head, radius = head_on_outline(image, start * mirror, radius)
    parts = axes_about((head * mirror, radius), masks, grid, side)
    refuse_off_border(share_on_border(image, head, radius, -_towards_neck(parts) * mirror))
    down = (parts.shaft_lower - parts.shaft_upper) * mirror
    try:
        neck = neck_on_outline(image, head, radius, parts.shaft_upper * mirror, down / np.linalg.norm(down))
    except NotMeasurable:  # what the outline does not show, the parts alone tell
        return (parts,)
    return parts, _turned(parts, (neck - head) * mirror)


def _belief(way: Places, first: Places) -> float:
    """The weight of a neck's direction, 0 to 1, the less the farther it is from the first one."""
    apart = float(np.degrees(np.arccos(np.clip(way @ first, -1, 1))))
    return max(0.0, 1 - (apart / _DISBELIEVED) ** 2)


def with_mean_neck(answers: tuple[FemurAxes, ...]) -> FemurAxes:
    """The axes of the first answer with the mean direction of all necks, each weighted by how far it is believed."""
    ways = [_towards_neck(answer) for answer in answers]
    mean = np.sum([_belief(way, ways[0]) * way for way in ways], axis=0)
    return replace(_turned(answers[0], mean), method="parts_and_mask")


def with_neck_of_passes(axes: FemurAxes, of_passes: Iterable[FemurAxes]) -> FemurAxes:
    """The axes with the mean direction of their own neck and those in repeated readings, each counting the same."""
    return _turned(axes, np.sum([_towards_neck(each) for each in (axes, *of_passes)], axis=0))
