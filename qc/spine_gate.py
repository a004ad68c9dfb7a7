"""Is it an AP spine film, and are its vertebrae seen well enough?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Finding, MaskQuality, PixelSpacing, Segmentation, Status

_FEWEST: Final = 8
"""A film with fewer vertebrae in sight is none that curves are measured on."""
DOUBTFUL: Final = 0.3
"""A vertebra of lower confidence, 0 to 1, is hardly seen."""
_UNSURE_OF_ALL: Final = 0.5


def spine_findings(count: int, confidence: NDArray[np.float64], views: Sequence[int]) -> tuple[Finding, ...]:
    """``not_ap_spine`` (refused), or ``doubtful_vertebra`` and ``vertebra_count`` (review).

    ``count`` vertebrae with their (count,) confidences, and how many each of the views saw.
    """
    if count < _FEWEST or float(confidence.mean()) < DOUBTFUL:
        return (Finding("not_ap_spine", Status.REFUSED),)
    found = []
    if float(np.sort(confidence)[:3].mean()) < DOUBTFUL or float(confidence.mean()) < _UNSURE_OF_ALL:
        found.append(Finding("doubtful_vertebra", Status.REVIEW))
    if len(set(views)) > 1:
        found.append(Finding("vertebra_count", Status.REVIEW))
    return tuple(found)


def vertebra_quality(structure: str, segmentation: Segmentation, spacing: PixelSpacing | None) -> MaskQuality:
    """The quality of one vertebra's or the column's mask: how sure the network is of its centre."""
    area = int(segmentation.masks[structure].sum())
    area_mm2 = None if spacing is None else area * spacing.row_mm * spacing.col_mm
    quality = min(1.0, segmentation.agreement[structure])
    doubtful = quality < DOUBTFUL
    status = Status.REVIEW if doubtful else Status.OK
    reasons = ("doubtful_vertebra",) if doubtful else ()
    return MaskQuality(structure, status, quality, max(0.0, 0.9 * quality - 0.05), area, area_mm2, reasons=reasons)
