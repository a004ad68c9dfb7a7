"""What may have cost each mask its Dice, as numbers from 0 (nothing) upwards: what predicted quality is made of."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.types import Segmentation
from radcaliper.qc.shape_model import SHAPED, shape_doubts
from radcaliper.qc.thorax_shape import unlikeness

Causes = dict[str, float]
MOST_UNLIKE: Final = 6.0
"""Where ``unlike_thorax`` ends; all other causes end at 1."""
_SIDE: Final = 512
"""Pixels a side that shapes are looked at with."""


def _shape_causes(segmentation: Segmentation) -> dict[str, Causes]:
    """By structure, what the shapes of lungs and heart say; nothing where the film shows none of these."""
    if not segmentation.masks.keys() >= set(SHAPED):
        return {}
    step = max(1, max(segmentation.masks[SHAPED[0]].shape) // _SIDE)
    masks = {name: segmentation.masks[name][::step, ::step] for name in SHAPED}
    shapes = shape_doubts(masks)
    try:
        unlike = min(MOST_UNLIKE, unlikeness(masks))
    except ValueError:  # lungs or heart are missing: as unlike a chest as can be
        unlike = MOST_UNLIKE
    worst = max(doubts["unlike_shape"] for doubts in shapes.values())
    return {name: {"unlike_thorax": unlike, "worst_shape": worst} | shapes.get(name, {}) for name in segmentation.masks}


def _company(segmentation: Segmentation) -> dict[str, Causes]:
    """How far the views disagree about the film's other large structures."""
    vital = [name for name in SHAPED if name in segmentation.agreement]
    others = {
        name: [1 - segmentation.agreement[other] for other in vital if other != name] for name in segmentation.masks
    }
    return {name: {"company": float(np.mean(apart))} for name, apart in others.items() if apart}


def causes_of(segmentation: Segmentation) -> dict[str, Causes]:
    """By structure that was found, all that speaks against its mask."""
    shape, company = _shape_causes(segmentation), _company(segmentation)
    return {
        name: {
            "disagreement": 1 - segmentation.agreement[name],
            "softness": 1 - segmentation.margin[name],
            **segmentation.doubts.get(name, {}),
            **shape.get(name, {}),
            **company.get(name, {}),
        }
        for name, mask in segmentation.masks.items()
        if mask.any()
    }
