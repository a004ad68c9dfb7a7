"""Quality features of each mask, from 0 (nothing speaks against it) upwards: what its Dice is predicted from."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.types import Masks, Prediction
from radcaliper.qc.shape_model import SHAPED, shape_features
from radcaliper.qc.thorax_shape import unlikeness

Features = dict[str, float]
MOST_UNLIKE: Final = 6.0
"""Where ``unlike_thorax`` ends; all other features end at 1."""
_SIDE: Final = 512
"""Pixels a side of the masks that shapes are judged on."""


def _thorax_unlikeness(masks: Masks) -> float:
    try:
        return min(MOST_UNLIKE, unlikeness(masks))
    except ValueError:  # lungs or heart are missing: as unlike a chest as can be
        return MOST_UNLIKE


def _shapes(prediction: Prediction) -> dict[str, Features]:
    """By structure, how unlike a chest lungs and heart are; nothing where the film shows none of these."""
    if not prediction.masks.keys() >= set(SHAPED):
        return {}
    step = max(1, max(prediction.masks[SHAPED[0]].shape) // _SIDE)
    masks = {name: prediction.masks[name][::step, ::step] for name in SHAPED}
    by_structure = shape_features(masks)
    worst = max(features["unlike_shape"] for features in by_structure.values())
    shared = {"unlike_thorax": _thorax_unlikeness(masks), "worst_shape": worst}
    return {name: shared | by_structure.get(name, {}) for name in prediction.masks}


def _other_structures(prediction: Prediction) -> dict[str, Features]:
    """How far the passes disagree about the film's other large structures."""
    large = [name for name in SHAPED if name in prediction.agreement]
    others = {name: [1 - prediction.agreement[other] for other in large if other != name] for name in prediction.masks}
    return {name: {"other_structures": float(np.mean(apart))} for name, apart in others.items() if apart}


def quality_features(prediction: Prediction) -> dict[str, Features]:
    """Compute the quality features of every mask that was found.

    Parameters
    ----------
    prediction : Prediction
        A network's prediction, with agreement and margin of each mask.

    Returns
    -------
    dict[str, Features]
        By structure, the features by name, each from 0 (nothing speaks against the mask) upwards. They end at 1, but
        for ``unlike_thorax``, which ends at 6.

    Raises
    ------
    KeyError
        If the agreement or the margin of a mask is missing.

    Examples
    --------
    >>> mask = np.ones((10, 10), bool)
    >>> quality_features(Prediction(masks={"spine": mask}, agreement={"spine": 0.75}, margin={"spine": 0.5}))
    {'spine': {'disagreement': 0.25, 'softness': 0.5}}
    """
    shapes, others = _shapes(prediction), _other_structures(prediction)
    return {
        name: {
            "disagreement": 1 - prediction.agreement[name],
            "softness": 1 - prediction.margin[name],
            **prediction.features.get(name, {}),
            **shapes.get(name, {}),
            **others.get(name, {}),
        }
        for name, mask in prediction.masks.items()
        if mask.any()
    }
