"""Predicted Dice of a mask, with a lower bound, from what the segmentation carries.

The loss of Dice is predicted as a sum of the views' disagreement, the outline's softness and a constant, each with its
calibrated weight; the bound is the conformal 90 % quantile of what the prediction left unsaid.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from radcaliper.measurements.types import MaskQuality, PixelSpacing, Segmentation, Status

_TABLE: Final = Path(__file__).resolve().parent / "mask_quality.json"
BOUND_FLOOR: Final = 0.01
"""Added to the predicted loss, so that the bound of a perfect-looking mask is not the prediction itself."""
_REVIEW_BELOW: Final = 0.80
_REFUSE_BELOW: Final = 0.40


@dataclass(frozen=True)
class QualityFit:
    """Weights of what lowers the Dice, and the bound's share of the predicted loss."""

    disagreement: float
    softness: float
    constant: float
    excess: float

    def predict(self, agreement: float, margin: float) -> tuple[float, float]:
        """(predicted Dice, lower bound), 0 to 1, from the views' agreement and the outline's certainty, 0 to 1."""
        loss = self.disagreement * (1 - agreement) + self.softness * (1 - margin) + self.constant
        quality = min(1.0, max(0.0, 1 - loss))
        return quality, min(quality, max(0.0, 1 - loss - self.excess * (loss + BOUND_FLOOR)))


@cache
def _fits() -> dict[str, QualityFit]:
    return {name: QualityFit(**entry) for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()}


def mask_quality(
    structure: str, segmentation: Segmentation, spacing: PixelSpacing | None, fitted_as: str = ""
) -> MaskQuality:
    """The quality of one structure's mask; refused where nothing was found or the mask cannot be relied on.

    ``fitted_as`` names the calibrated fit where it is not the structure's own.
    """
    area = int(segmentation.masks[structure].sum())
    area_mm2 = None if spacing is None else area * spacing.row_mm * spacing.col_mm
    if area == 0:
        return MaskQuality(structure, Status.REFUSED, 0.0, 0.0, 0, area_mm2, reasons=("structure_not_seen",))
    fit = _fits().get(fitted_as or structure, _fits()["default"])
    quality, lower = fit.predict(segmentation.agreement[structure], segmentation.margin[structure])
    status = Status.OK if lower >= _REVIEW_BELOW else Status.REVIEW if lower >= _REFUSE_BELOW else Status.REFUSED
    reasons = () if status is Status.OK else ("low_quality",)
    return MaskQuality(structure, status, quality, lower, area, area_mm2, reasons=reasons)
