"""The models by folds: weights, and presence by them, that did not learn from the patients of a fold."""

from __future__ import annotations

import json
from pathlib import Path

from radcaliper.learning.network_of_weights import network_of_weights
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.maps import BUNDLE, TubeModel


def fold_model(folder: Path, fold: int) -> TubeModel:
    """The model that did not learn from a fold: ``tubes_fold_K.safetensors`` and ``presence_fold_K.json``.

    Without the second file presence is the bundle's.
    """
    presence = folder / f"presence_fold_{fold}.json"
    table = (
        json.loads(presence.read_text(encoding="utf-8")) if presence.exists() else BUNDLES[BUNDLE].metadata["presence"]
    )
    return TubeModel(network_of_weights(BUNDLE, folder / f"tubes_fold_{fold}.safetensors"), table)
