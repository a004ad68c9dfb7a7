"""Axes from a network's parts and the femur's outline together: the errors of their necks have little in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.hip.axes import FemurAxes, Places
from radcaliper.measurements.hip.from_mask import axes_from_mask
from radcaliper.measurements.hip.from_parts import axes_from_parts
from radcaliper.measurements.hip.head import refuse_off_border, share_on_border
from radcaliper.measurements.hip.outline import FemurImage
from radcaliper.measurements.types import Grid, Mask, Masks, NotMeasurable

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


def _head_on_border(femur: Mask, axes: FemurAxes, grid: Grid, side: str) -> float:
    """Share, 0 to 1, of the head's circle away from the neck that follows the border of the (H, W) femur."""
    if not femur.any():
        raise NotMeasurable("missing_structure")
    mirror = np.array([1.0, 1.0 if side == "right" else -1.0])
    image = FemurImage.of_mask(femur, grid, inner_is_right=side == "right")
    return share_on_border(image, axes.head * mirror, axes.radius, -_towards_neck(axes) * mirror)


def neck_answers(masks: Masks, grid: Grid, side: str) -> tuple[FemurAxes, ...]:
    """The axes of one hip with each neck that is seen: that of the parts and, unless it is covered, the outline's.

    Needs the masks of ``axes_from_parts`` and ``<side>_femur``. Head and shaft are those of the parts in both; raises
    NotMeasurable as ``axes_from_parts`` does, ``missing_structure`` without a femur, and ``no_femoral_head`` where the
    head's circle does not follow the femur's border.
    """
    parts = axes_from_parts(masks, grid, side)
    refuse_off_border(_head_on_border(masks[f"{side}_femur"], parts, grid, side))
    try:
        outline = axes_from_mask(masks[f"{side}_femur"], grid, side)
    except NotMeasurable:  # what the outline does not show, the parts alone tell
        return (parts,)
    return parts, _turned(parts, _towards_neck(outline))


def _belief(way: Places, first: Places) -> float:
    """The weight of a neck's direction, 0 to 1, the less the farther it is from the first one."""
    apart = float(np.degrees(np.arccos(np.clip(way @ first, -1, 1))))
    return max(0.0, 1 - (apart / _DISBELIEVED) ** 2)


def with_mean_neck(answers: tuple[FemurAxes, ...]) -> FemurAxes:
    """The axes of the first answer with the mean direction of all necks, each weighted by how far it is believed."""
    ways = [_towards_neck(answer) for answer in answers]
    return _turned(answers[0], np.sum([_belief(way, ways[0]) * way for way in ways], axis=0))
