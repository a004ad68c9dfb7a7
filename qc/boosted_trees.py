"""Boosted regression trees, evaluated in numpy: their training needs scikit-learn, their use does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.floating]
"""(T, N) a number for each node of each of T trees; a tree's root comes first."""
Places = NDArray[np.integer]
"""(T, N) the same for places of nodes and of features."""


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """A start and T small trees whose leaves are added to it (Friedman 2001).

    ``names`` are the features. Node n of tree t asks whether feature ``feature[t, n]`` is at most ``threshold[t, n]``:
    if so ``left[t, n]`` comes next, else ``right[t, n]``; where the feature is missing (NaN), ``left`` if
    ``missing_left[t, n]``. A leaf comes next to itself, so that ``depth`` steps end at a leaf of every tree.
    """

    names: tuple[str, ...]
    feature: Places
    threshold: Nodes
    left: Places
    right: Places
    missing_left: NDArray[np.bool_]
    value: Nodes
    start: float
    depth: int

    def __call__(self, features: Mapping[str, float]) -> float:
        """The sum for one set of features; what is not there is missing."""
        values = np.array([features.get(name, np.nan) for name in self.names])
        roots = np.arange(len(self.feature)) * self.feature.shape[1]
        place = roots  # of each tree's node among those of all trees
        for _ in range(self.depth):
            asked = values[self.feature.take(place)]
            goes_left = np.where(np.isnan(asked), self.missing_left.take(place), asked <= self.threshold.take(place))
            place = roots + np.where(goes_left, self.left.take(place), self.right.take(place))
        return self.start + float(self.value.take(place).sum())

    def as_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The trees as arrays by name, as they stand in a file."""
        return {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> BoostedTrees:
        """The trees that ``as_arrays`` was taken of."""
        whole: dict[str, Any] = {each.name: arrays[each.name] for each in fields(cls)}
        scalars = {"start": float(whole["start"]), "depth": int(whole["depth"])}
        return cls(**whole | scalars | {"names": tuple(map(str, whole["names"]))})
