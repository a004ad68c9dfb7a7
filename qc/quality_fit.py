"""The curves that predict the Dice of a structure's masks, as they are fitted and as they stand in a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class PiecewiseLinear:
    """A rising function through (``at``, ``loss``) points, linear between them and constant outside."""

    at: tuple[float, ...]
    loss: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """The function's value at ``value``."""
        return float(np.interp(value, self.at, self.loss))


@dataclass(frozen=True)
class QualityFit:
    """A structure's curves by feature, a constant loss, and the bound as a curve over the predicted loss."""

    curves: Mapping[str, PiecewiseLinear]
    constant: float
    bound: PiecewiseLinear

    def loss(self, features: Mapping[str, float]) -> float:
        """The predicted loss of Dice, 0 to 1."""
        return min(1.0, self.constant + sum(curve(features[name]) for name, curve in self.curves.items()))

    def predict(self, features: Mapping[str, float]) -> tuple[float, float]:
        """(predicted Dice, lower bound), 0 to 1; KeyError where a feature is missing."""
        loss = self.loss(features)
        return 1 - loss, 1 - min(1.0, max(loss, self.bound(loss)))

    def as_table(self) -> dict[str, Any]:
        """The fit as an entry of the table."""

        def points(curve: PiecewiseLinear) -> list[list[float]]:
            return [[round(x, 6) for x in axis] for axis in (curve.at, curve.loss)]

        curves = {name: points(curve) for name, curve in self.curves.items()}
        return {"constant": round(self.constant, 6), "bound": points(self.bound), "curves": curves}

    @classmethod
    def of_table(cls, entry: Mapping[str, Any]) -> QualityFit:
        """The fit from an entry of the table."""
        curves = {name: PiecewiseLinear(*map(tuple, points)) for name, points in entry["curves"].items()}
        return cls(curves, entry["constant"], PiecewiseLinear(*map(tuple, entry["bound"])))
