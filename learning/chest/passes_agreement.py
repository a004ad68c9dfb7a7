"""Agreement of passes, a baseline of quality: four passes over a film, each augmented in another way."""

from __future__ import annotations

import numpy as np

from radcaliper.learning.chest.film_copies import FilmCopy
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.postprocess import largest_component
from radcaliper.models.inference.segment import network_square, probability_maps
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.chest.predict import BUNDLE
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES


def agreement_of_passes(copy: FilmCopy) -> dict[str, float]:
    """Mean pairwise Dice, 0 to 1, of the masks of lungs and heart in four passes."""
    square, _ = network_square(copy.radiograph, int(BUNDLES[BUNDLE].metadata["size"]))
    maps = probability_maps(square, BUNDLE, copy.network)
    return {
        name: mean_pairwise_dice(np.stack([largest_component(one[CHEST_STRUCTURES.index(name)]) for one in maps]))
        for name in THORAX_STRUCTURES
    }
