"""Predicted Dice of a mask, with a lower bound, from what the segmentation carries."""

from __future__ import annotations

from radcaliper.measurements.types import MaskQuality, PixelSpacing, Segmentation, Status

_REVIEW_BELOW = 0.85
_REFUSE_BELOW = 0.5


def predicted_dice(agreement: float, margin: float) -> tuple[float, float]:
    """(predicted Dice, lower bound) from the views' agreement and the certainty along the outline, both 0 to 1."""
    quality = max(0.0, min(1.0, 1 - 1.2 * (1 - agreement) - 0.05 * (1 - margin)))
    return quality, max(0.0, quality - 0.02 - 0.5 * (1 - quality))


def mask_quality(structure: str, segmentation: Segmentation, spacing: PixelSpacing | None) -> MaskQuality:
    """The quality of one structure's mask; refused where nothing was found or the mask cannot be relied on."""
    area = int(segmentation.masks[structure].sum())
    area_mm2 = None if spacing is None else area * spacing.row_mm * spacing.col_mm
    if area == 0:
        return MaskQuality(structure, Status.REFUSED, 0.0, 0.0, 0, area_mm2, reasons=("structure_not_seen",))
    quality, lower = predicted_dice(segmentation.agreement[structure], segmentation.margin[structure])
    status = Status.OK if lower >= _REVIEW_BELOW else Status.REVIEW if lower >= _REFUSE_BELOW else Status.REFUSED
    reasons = () if status is Status.OK else ("low_quality",)
    return MaskQuality(structure, status, quality, lower, area, area_mm2, reasons=reasons)
