"""Predicted Dice of a mask, with a lower bound, from what speaks against it.

The loss of Dice is predicted as a sum of rising curves, one for each cause, so more of a cause never means a better
mask; the bound is a rising curve over the predicted loss, the conformal 90 % quantile of what was truly lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from radcaliper.measurements.types import MaskQuality, PixelSpacing, Segmentation
from radcaliper.qc.features import causes_of
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

_TABLE: Final = Path(__file__).resolve().parent / "mask_quality.json"


@dataclass(frozen=True)
class Curve:
    """A rising curve through (``at``, ``loss``) points, straight between them, level outside."""

    at: tuple[float, ...]
    loss: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """The curve's height at ``value``."""
        return float(np.interp(value, self.at, self.loss))


@dataclass(frozen=True)
class QualityFit:
    """A structure's curves by cause, the loss that every mask has, and the bound's curve over the predicted loss."""

    curves: Mapping[str, Curve]
    constant: float
    bound: Curve

    def loss(self, causes: Mapping[str, float]) -> float:
        """The predicted loss of Dice, 0 to 1."""
        return min(1.0, self.constant + sum(curve(causes[name]) for name, curve in self.curves.items()))

    def predict(self, causes: Mapping[str, float]) -> tuple[float, float]:
        """(predicted Dice, lower bound), 0 to 1; KeyError where a cause is missing."""
        loss = self.loss(causes)
        return 1 - loss, 1 - min(1.0, max(loss, self.bound(loss)))

    def as_table(self) -> dict[str, Any]:
        """The fit as it stands in the file."""

        def points(curve: Curve) -> list[list[float]]:
            return [[round(x, 6) for x in axis] for axis in (curve.at, curve.loss)]

        curves = {name: points(curve) for name, curve in self.curves.items()}
        return {"constant": round(self.constant, 6), "bound": points(self.bound), "curves": curves}

    @classmethod
    def of_table(cls, entry: Mapping[str, Any]) -> QualityFit:
        """The fit from the file."""
        curves = {name: Curve(*map(tuple, points)) for name, points in entry["curves"].items()}
        return cls(curves, entry["constant"], Curve(*map(tuple, entry["bound"])))


@cache
def _fits() -> dict[str, QualityFit]:
    return {name: QualityFit.of_table(entry) for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()}


def mask_qualities(
    segmentation: Segmentation,
    spacing: PixelSpacing | None,
    rules: StatusRules = DEFAULT_RULES,
    fitted_as: Mapping[str, str] | None = None,
) -> tuple[MaskQuality, ...]:
    """The quality and status of every mask; refused where nothing was found.

    ``fitted_as`` names the calibrated fit of structures that have none by their own name.
    """
    fits, causes = _fits(), causes_of(segmentation)
    qualities = []
    for name, mask in segmentation.masks.items():
        area = int(mask.sum())
        area_mm2 = None if spacing is None else area * spacing.row_mm * spacing.col_mm
        quality, lower = 0.0, 0.0
        if area:
            fit = fits.get((fitted_as or {}).get(name, name), fits["default"])
            quality, lower = fit.predict(causes[name])
        status, reasons = rules.of_mask(name, area, lower)
        qualities.append(MaskQuality(name, status, quality, lower, area, area_mm2, reasons=reasons))
    return tuple(qualities)
