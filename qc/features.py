"""Quality features of each mask, from 0 (nothing against the mask) upwards. Its Dice is predicted from them."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.region import RegionMasks, regions_of
from radcaliper.measurements.types import Masks, Prediction
from radcaliper.qc.learned_loss import learned_losses
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES, thorax_features
from radcaliper.qc.thorax_proportions import mahalanobis_distance

Features = dict[str, float]
MOST_UNLIKE: Final = 6.0
"""The upper end of ``unlike_thorax``. All other features end at 1."""
_SIDE: Final = 512
"""Pixels of the longer side of the masks that the thorax's features are computed on, about."""


def _unlike_thorax(masks: Masks) -> float:
    try:
        return min(MOST_UNLIKE, mahalanobis_distance(masks))
    except ValueError:  # lungs or heart are missing
        return MOST_UNLIKE


def _thorax(prediction: Prediction) -> dict[str, Features]:
    """By structure, the features of the thorax's shape; empty where the network segments no lungs and heart."""
    regions = regions_of(prediction.masks)
    if not regions.keys() >= set(THORAX_STRUCTURES):
        return {}
    step = max(1, max(regions[THORAX_STRUCTURES[0]].shape) // _SIDE)
    masks = RegionMasks.of({name: regions[name].sampled(step) for name in THORAX_STRUCTURES})
    by_structure = thorax_features(masks)
    worst = max(features["unlike_shape"] for features in by_structure.values())
    shared = {"unlike_thorax": _unlike_thorax(masks), "worst_shape": worst}
    return {name: shared | by_structure.get(name, {}) for name in prediction.masks}


def _other_structures(prediction: Prediction) -> dict[str, Features]:
    """By structure, the mean disagreement of the passes about the other ones of lungs and heart."""
    large = [name for name in THORAX_STRUCTURES if name in prediction.agreement]
    others = {name: [1 - prediction.agreement[other] for other in large if other != name] for name in prediction.masks}
    return {name: {"other_structures": float(np.mean(losses))} for name, losses in others.items() if losses}


def unlearned_features(prediction: Prediction) -> dict[str, Features]:
    """The quality features of every mask that was found, but for ``learned_loss``, which is learned from them."""
    thorax, others = _thorax(prediction), _other_structures(prediction)
    return {
        name: {
            "disagreement": 1 - prediction.agreement[name],
            "softness": 1 - prediction.margin[name],
            **prediction.features.get(name, {}),
            **thorax.get(name, {}),
            **others.get(name, {}),
        }
        for name, region in regions_of(prediction.masks).items()
        if not region.is_empty
    }


def quality_features(prediction: Prediction) -> dict[str, Features]:
    """Compute the quality features of every mask that was found.

    Parameters
    ----------
    prediction : Prediction
        A network's prediction, with agreement and margin of each mask.

    Returns
    -------
    dict[str, Features]
        By structure, the features by name, each from 0 (nothing against the mask) upwards. They end at 1, but
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
    features = unlearned_features(prediction)
    learned = learned_losses(prediction, features)
    return {
        name: {**each, "learned_loss": learned[name]} if name in learned else each for name, each in features.items()
    }
