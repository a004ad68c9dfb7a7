"""Descriptors of where lungs and heart lie and of how they are shaped, from which the loss of Dice is learned."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.types import Masks
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES, occupancies_of, thorax_model
from radcaliper.qc.thorax_proportions import proportions

_MODES: Final = 8
"""Modes whose weights are descriptors; the smaller ones count in the largest and the mean weight alone."""

Descriptors = dict[str, float]


def _proportions(masks: Masks) -> Descriptors:
    try:
        return {f"proportion {place}": float(value) for place, value in enumerate(proportions(masks))}
    except ValueError:  # lungs or heart are missing
        return {}


def _shapes(masks: Masks) -> dict[str, Descriptors]:
    """By structure, weights of the modes, how they change without it, and what it has more and less than expected."""
    try:
        shape = occupancies_of(masks)
    except ValueError:  # a lung is missing
        return {}
    model, everything = thorax_model(), np.ones(len(THORAX_STRUCTURES), bool)
    weights = model.weights(shape, everything)
    shared = {f"mode {place}": float(weight) for place, weight in enumerate(weights[:_MODES])}
    shared |= {"largest mode": float(np.abs(weights).max()), "mean mode": float(np.sqrt(np.mean(weights**2)))}
    found = {}
    for place, name in enumerate(THORAX_STRUCTURES):
        others = everything.copy()
        others[place] = False
        of_others = model.weights(shape, others)
        difference = shape[place] - model.shape_of(of_others)[place]
        size = float(shape[place].sum()) + 1
        found[name] = shared | {
            "modes moved": float(np.abs(weights - of_others).max()),
            "more than expected": float(np.clip(difference, 0, None).sum()) / size,
            "less than expected": float(np.clip(-difference, 0, None).sum()) / size,
        }
    return found


def thorax_descriptors(masks: Masks) -> dict[str, Descriptors]:
    """The descriptors of each of lungs and heart; without those that need a structure that is missing."""
    shared, shapes = _proportions(masks), _shapes(masks)
    return {name: shared | shapes.get(name, {}) for name in THORAX_STRUCTURES}
