"""Both hips of a film: the axes of each side, those of the passes, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.combined import neck_answers, with_mean_neck
from radcaliper.measurements.types import Grid, NotMeasurable, Pass, Prediction, Radiograph
from radcaliper.models.hip.channels import PROSTHESIS, SIDES
from radcaliper.qc.gates.hip import is_turned, refuse_implausible, refuse_metal, shows_metal

_LEAST_PASSES: Final = 3
"""Of the four passes, that must allow a side to be measured; else it is left for a person to review."""
_MOST_SPREAD: Final = 2.5
"""Degrees between the passes' angles, as a standard deviation, from which a person should look: readers' own is 3."""

_LEARNED_FROM: Final = "simulated_training"
"""Every hip is left for review until the network has been held against at least 50 real femora that were read."""


@dataclass(frozen=True)
class Hip:
    """One side: its axes in the film's unit of length, other plausible ones, and what to look at.

    ``of_passes`` are the axes in single passes, ``by_method`` those of the network's parts and of the femur's outline
    by themselves.
    """

    axes: FemurAxes
    of_passes: tuple[FemurAxes, ...]
    by_method: tuple[FemurAxes, ...]
    reasons: frozenset[str]

    @property
    def plausible(self) -> tuple[FemurAxes, ...]:
        """All other axes that an interval is made from."""
        return self.of_passes + self.by_method


@dataclass(frozen=True)
class Hips:
    """The sides that can be measured, and the reason why for each that cannot."""

    measured: Mapping[str, Hip]
    refused: Mapping[str, str]


def _axes_of_pass(one: Pass, grid: Grid, side: str) -> FemurAxes:
    axes = with_mean_neck(neck_answers(one.masks, grid.coarser(one.step), side))
    return axes.shifted(np.array(one.origin) * [grid.row, grid.col])


def _axes_of_passes(part: Prediction, grid: Grid, side: str) -> tuple[FemurAxes, ...]:
    """The axes in each of the passes that allows them, in the film's coordinates."""
    found = []
    for one in part.passes:
        try:
            found.append(_axes_of_pass(one, grid, side))
        except NotMeasurable:  # this pass has no answer; how many have one is judged by the caller
            continue
    return tuple(found)


def _hip(part: Prediction, grid: Grid, side: str) -> Hip:
    """The axes of one side from the closer look at it; NotMeasurable with its reason."""
    masks = part.masks
    refuse_metal(masks[PROSTHESIS], masks[f"{side}_femur"])
    by_method = neck_answers(masks, grid, side)
    axes = with_mean_neck(by_method)
    refuse_implausible(axes, side)
    of_passes = _axes_of_passes(part, grid, side)
    spread = float(np.std([axes.ccd_angle(), *(each.ccd_angle() for each in of_passes + by_method)]))
    reasons = {_LEARNED_FROM}
    if len(of_passes) < _LEAST_PASSES or spread > _MOST_SPREAD:
        reasons.add("wide_interval")
    if shows_metal(masks[PROSTHESIS], masks[f"{side}_femur"]):
        reasons.add("possible_metal")
    if is_turned(axes):
        reasons.add("hip_turned")
    origin = np.array(part.origin) * [grid.row, grid.col]
    return Hip(axes.shifted(origin), of_passes, tuple(each.shifted(origin) for each in by_method), frozenset(reasons))


def _unseen(side: str, prediction: Prediction) -> str:
    """Why there was no closer look at a side."""
    femur = prediction.masks[f"{side}_femur"]
    if not femur.any():
        return "structure_not_seen"
    return "prosthesis" if (femur & prediction.masks[PROSTHESIS]).any() else "no_femoral_head"


def locate(film: Radiograph, prediction: Prediction) -> Hips:
    """The axes of each side that the prediction shows, or why it cannot be measured."""
    measured, refused = dict[str, Hip](), dict[str, str]()
    for side in SIDES:
        try:
            if side not in prediction.closer:
                raise NotMeasurable(_unseen(side, prediction))
            measured[side] = _hip(prediction.closer[side], film.grid, side)
        except NotMeasurable as refusal:
            refused[side] = refusal.reason
    return Hips(measured, refused)
