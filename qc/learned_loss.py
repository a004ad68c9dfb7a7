"""The loss of Dice of lungs and hearts as boosted trees predict it, which learned it on damaged films.

They learned on films that the network was trained on, damaged so that it errs, and are judged and calibrated on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.measurements.types import Prediction
from radcaliper.qc.boosted_trees import BoostedTrees
from radcaliper.qc.thorax_descriptors import thorax_descriptors
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES

LOSS_OFFSET: Final = 0.02
"""The trees predict the logarithm of the loss plus this: small losses count as much as large ones."""
_TABLE: Final = Path(__file__).resolve().parent / "learned_loss.npz"
_OF_OTHERS: Final = ("disagreement", "expected_loss", "edgeless", "entropy")
"""Quality features of which the worst one of the other structures is a descriptor too."""
_PARTNERS: Final = {"right_lung": ("left_lung",), "left_lung": ("right_lung",), "heart": ("right_lung", "left_lung")}
"""Structures whose grey a structure's own is compared with."""

Descriptors = dict[str, float]
ByStructure = Mapping[str, Mapping[str, float]]


def _compared(name: str, features: ByStructure, descriptors: ByStructure) -> Descriptors:
    """The worst features of the other structures, and how much brighter than its partners a structure is."""
    others = [features[other] for other in THORAX_STRUCTURES if other != name and other in features]
    partners = [descriptors[other]["grey 0.5"] for other in _PARTNERS[name] if descriptors.get(other)]
    worst = {f"other {key}": max((each[key] for each in others), default=np.nan) for key in _OF_OTHERS}
    return worst | {"brighter": descriptors[name]["grey 0.5"] - min(partners, default=np.nan)}


def loss_descriptors(prediction: Prediction, features: ByStructure) -> dict[str, Descriptors]:
    """By structure, all that the trees may ask about: NaN where there is no answer.

    ``features`` are the quality features of the masks. Empty for a prediction without descriptors of lungs and heart.
    """
    described = {name: prediction.descriptors[name] for name in THORAX_STRUCTURES if prediction.descriptors.get(name)}
    if not described or not prediction.passes:
        return {}
    shapes = thorax_descriptors(prediction.passes[0].masks)
    return {
        name: {
            **own,
            **shapes[name],
            **features[name],
            **_compared(name, features, described),
            "is heart": float(name == "heart"),
        }
        for name, own in described.items()
        if name in features
    }


@cache
def _trees() -> BoostedTrees:
    with np.load(_TABLE) as table:
        return BoostedTrees.of_arrays(table)


def learned_losses(prediction: Prediction, features: ByStructure) -> dict[str, float]:
    """By structure, the predicted loss of Dice, 0 to 1; empty for a prediction without descriptors."""
    trees = _trees()
    losses = {name: np.exp(trees(each)) - LOSS_OFFSET for name, each in loss_descriptors(prediction, features).items()}
    return {name: float(np.clip(loss, 0, 1)) for name, loss in losses.items()}
