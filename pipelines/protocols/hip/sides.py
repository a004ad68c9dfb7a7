"""Both hips of a film: the axes of each side, those of the passes, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.combined import neck_answers, with_mean_neck, with_neck_of_passes
from radcaliper.measurements.hip.shaft import shaft_course
from radcaliper.measurements.types import Grid, NotMeasurable, Pass, Prediction, Radiograph
from radcaliper.models.hip.channels import PROSTHESIS, SIDES
from radcaliper.models.hip.growth_plates import shows_growth_plates
from radcaliper.qc.gates.hip import (
    are_heads_unequal,
    is_head_doubtful,
    is_neck_doubtful,
    is_turned,
    refuse_implausible,
    refuse_irregular_shaft,
    refuse_metal,
    shows_metal,
)

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
    by themselves; ``pixel`` is the length of a pixel, of the film or of the network, whichever is coarser.
    """

    axes: FemurAxes
    of_passes: tuple[FemurAxes, ...]
    by_method: tuple[FemurAxes, ...]
    pixel: float
    reasons: frozenset[str]

    @property
    def plausible(self) -> tuple[FemurAxes, ...]:
        """All other axes that an interval is made from: each once more with its neck a pixel to either side.

        On a coarse film, or of a neck that is seen short, a pixel is several degrees.
        """
        read = self.of_passes + self.by_method
        return tuple(axes.with_neck_beside(by) for axes in read for by in (-self.pixel, self.pixel))


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


def _reasons(part: Prediction, side: str, axes: FemurAxes) -> set[str]:
    """What a person should look at on one side, but for how far its readings are apart."""
    masks, head = part.masks, f"{side}_head"
    found = {
        "doubtful_head": is_head_doubtful(part.agreement[head], part.margin[head]),
        "doubtful_neck": is_neck_doubtful(part.margin[f"{side}_neck_axis"]),
        "possible_metal": shows_metal(masks[PROSTHESIS], masks[f"{side}_femur"]),
        "hip_turned": is_turned(axes),
    }
    return {_LEARNED_FROM, *(reason for reason, is_so in found.items() if is_so)}


def _hip(part: Prediction, grid: Grid, side: str) -> Hip:
    """The axes of one side from the closer look at it; NotMeasurable with its reason."""
    masks, femur = part.masks, part.masks[f"{side}_femur"]
    refuse_metal(masks[PROSTHESIS], femur)
    by_method, of_passes = neck_answers(masks, grid, side), _axes_of_passes(part, grid, side)
    axes = with_neck_of_passes(with_mean_neck(by_method), of_passes)
    refuse_implausible(axes, side)
    refuse_irregular_shaft(shaft_course(femur, axes, grid, side), part.agreement[f"{side}_shaft_axis"])
    reasons = _reasons(part, side, axes)
    spread = float(np.std([axes.ccd_angle(), *(each.ccd_angle() for each in of_passes + by_method)]))
    if len(of_passes) < _LEAST_PASSES or spread > _MOST_SPREAD:
        reasons.add("wide_interval")
    origin = np.array(part.origin) * [grid.row, grid.col]
    pixel = grid.row * max(1.0, *(one.step for one in part.passes))
    shifted = tuple(each.shifted(origin) for each in by_method)
    return Hip(axes.shifted(origin), of_passes, shifted, pixel, frozenset(reasons))


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
    if len(measured) == len(SIDES) and are_heads_unequal(*(hip.axes.radius for hip in measured.values())):
        wrong = min(SIDES, key=lambda side: prediction.closer[side].agreement[f"{side}_head"])
        del measured[wrong]
        refused[wrong] = "implausible_hip"
    if measured and shows_growth_plates(film, prediction.closer):
        measured = {side: replace(hip, reasons=hip.reasons | {"immature_hip"}) for side, hip in measured.items()}
    return Hips(measured, refused)
