"""The models by folds: weights, and presence by them, that did not learn from the patients of a fold."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file

from radcaliper.learning.engine_file import quick
from radcaliper.models.inference.networks import NETWORKS
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.channels import TUBE_CHANNELS
from radcaliper.models.tubes.maps import BUNDLE, TubeModel


def fold_model(folder: Path, fold: int) -> TubeModel:
    """The model that did not learn from a fold: ``tubes_fold_K.safetensors`` and ``presence_fold_K.json``.

    Without the second file presence is the bundle's.
    """
    network = NETWORKS[BUNDLES[BUNDLE].metadata["network"]](len(TUBE_CHANNELS))
    weights = load_file(folder / f"tubes_fold_{fold}.safetensors")
    network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    presence = folder / f"presence_fold_{fold}.json"
    table = (
        json.loads(presence.read_text(encoding="utf-8")) if presence.exists() else BUNDLES[BUNDLE].metadata["presence"]
    )
    return TubeModel(quick(network.eval()), table)
