"""Both hips of a film as read by the network: axes, the views' axes, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.combined import neck_answers, with_mean_neck
from radcaliper.measurements.types import NotMeasurable, Radiograph, Segmentation
from radcaliper.models.hip.channels import PROSTHESIS, SIDES
from radcaliper.models.hip.predict import HipLook, look_at_hips
from radcaliper.qc.gates.hip import is_turned, refuse_implausible, refuse_metal, shows_metal

_LEAST_VIEWS: Final = 3
"""Of the four views, that must allow a side to be measured; else it is left for a person to review."""
_MOST_SPREAD: Final = 2.5
"""Degrees between the views' angles, as a standard deviation, from which a person should look: readers' own is 3."""

_LEARNED_FROM: Final = "simulated_training"
"""Every hip is left for review until the network has been held against at least 50 real femora that were read."""


@dataclass(frozen=True)
class Hip:
    """One side as it was read: its axes in the film's unit of length, other plausible ones, and what to look at.

    ``views`` are those of single views, ``answers`` those of the parts and of the outline by themselves.
    """

    axes: FemurAxes
    views: tuple[FemurAxes, ...]
    answers: tuple[FemurAxes, ...]
    reasons: frozenset[str]

    @property
    def plausible(self) -> tuple[FemurAxes, ...]:
        """All other axes that an interval is read from."""
        return self.views + self.answers


@dataclass(frozen=True)
class HipsReading:
    """A film's first look, its closer looks, the hips that were read and the reasons for the others, by side."""

    first: Segmentation
    looks: dict[str, HipLook]
    hips: dict[str, Hip]
    refused: dict[str, str]


def _view_axes(look: HipLook) -> tuple[FemurAxes, ...]:
    """The axes in each of the views that allows them, in the film's coordinates."""
    grid = look.film.grid
    step = grid.coarser(look.segmentation.variants.step)
    found = []
    for masks in look.segmentation.variants.masks:
        try:
            axes = with_mean_neck(neck_answers(masks, step, look.side))
        except NotMeasurable:  # this view has no answer; how many have one is judged by the caller
            continue
        found.append(axes.shifted(look.variant_shift * [grid.row, grid.col]))
    return tuple(found)


def _read(look: HipLook) -> Hip:
    """The axes of one side; NotMeasurable with its reason."""
    grid, masks = look.film.grid, look.segmentation.masks
    refuse_metal(masks[PROSTHESIS], masks[f"{look.side}_femur"])
    answers = neck_answers(masks, grid, look.side)
    axes = with_mean_neck(answers)
    refuse_implausible(axes, look.side)
    views = _view_axes(look)
    spread = float(np.std([axes.ccd_angle(), *(each.ccd_angle() for each in views + answers)]))
    reasons = {_LEARNED_FROM}
    if len(views) < _LEAST_VIEWS or spread > _MOST_SPREAD:
        reasons.add("wide_interval")
    if shows_metal(masks[PROSTHESIS], masks[f"{look.side}_femur"]):
        reasons.add("possible_metal")
    if is_turned(axes):
        reasons.add("hip_turned")
    corner = np.array([look.top * grid.row, look.left * grid.col])
    return Hip(axes.shifted(corner), views, tuple(each.shifted(corner) for each in answers), frozenset(reasons))


def _unseen(side: str, first: Segmentation) -> str:
    """Why a side was not looked at closely."""
    femur = first.masks[f"{side}_femur"]
    if not femur.any():
        return "structure_not_seen"
    return "prosthesis" if (femur & first.masks[PROSTHESIS]).any() else "no_femoral_head"


def read_hips(film: Radiograph) -> HipsReading:
    """Look at a film and read each side, or note why it cannot be read."""
    first, looks = look_at_hips(film)
    hips, refused = dict[str, Hip](), dict[str, str]()
    for side in SIDES:
        try:
            if side not in looks:
                raise NotMeasurable(_unseen(side, first))
            hips[side] = _read(looks[side])
        except NotMeasurable as refusal:
            refused[side] = refusal.reason
    return HipsReading(first, looks, hips, refused)
