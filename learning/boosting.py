"""Fit boosted trees by scikit-learn, and keep them as arrays that need it no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.qc.boosted_trees import BoostedTrees

SETTINGS: Final[dict[str, Any]] = {
    "max_iter": 900,
    "learning_rate": 0.02,
    "max_leaf_nodes": 32,
    "min_samples_leaf": 20,
    "l2_regularization": 5.0,
    "max_features": 0.15,
    "random_state": 0,
}


def _padded(trees: Sequence[NDArray[np.void]], field: str) -> NDArray[np.generic]:
    """(T, N) one field of each node of each tree, zeros behind the last node of a smaller tree."""
    table = np.zeros((len(trees), max(map(len, trees))), trees[0][field].dtype)
    for row, nodes in zip(table, trees, strict=True):
        row[: len(nodes)] = nodes[field]
    return table


def _as_trees(names: tuple[str, ...], start: float, trees: Sequence[NDArray[np.void]]) -> BoostedTrees:
    is_leaf, places = _padded(trees, "is_leaf").astype(bool), np.arange(max(map(len, trees)))
    return BoostedTrees(
        names=names,
        feature=_padded(trees, "feature_idx").astype(np.int16),
        threshold=_padded(trees, "num_threshold").astype(np.float64),
        left=np.where(is_leaf, places, _padded(trees, "left")).astype(np.int16),
        right=np.where(is_leaf, places, _padded(trees, "right")).astype(np.int16),
        missing_left=_padded(trees, "missing_go_to_left").astype(bool),
        value=_padded(trees, "value").astype(np.float32),
        start=start,
        depth=int(max(nodes["depth"].max() for nodes in trees)),
    )


def fitted_trees(rows: Sequence[Mapping[str, float]], target: NDArray[np.float64]) -> BoostedTrees:
    """Trees that predict ``target`` (N,) from the features of each of N rows, of which some may be missing or NaN."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    names = tuple(sorted(set().union(*rows)))
    model = HistGradientBoostingRegressor(**SETTINGS)
    model.fit(np.array([[row.get(name, np.nan) for name in names] for row in rows]), target)
    trees = [tree.nodes for (tree,) in model._predictors]
    return _as_trees(names, float(np.ravel(model._baseline_prediction)[0]), trees)
