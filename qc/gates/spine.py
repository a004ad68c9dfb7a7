"""Is it an AP spine film, and are its vertebrae seen well enough?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Finding, Mask, Radiograph, Status

_FEWEST: Final = 8
"""A film with fewer vertebrae in sight is none that curves are measured on."""
DOUBTFUL: Final = 0.3
"""A vertebra of lower confidence, 0 to 1, is hardly seen."""
_WHOLE: Final = 15
_LEAST_OF_A_PART: Final = 0.4
"""A whole spine may be faint; where fewer vertebrae are found, as on chest and pelvis films, they must be surer."""
_UNSURE_OF_ALL: Final = 0.5


def appears_inverted(film: Radiograph, column: Mask) -> bool:
    """Whether the vertebral column's (H, W) mask is darker than what lies to both sides of it: bone is shown dark.

    False where there is none.
    """
    step = max(1, max(film.shape) // 512)
    column, pixels = column[::step, ::step], film.pixels[::step, ::step]
    reach = max(1, round(float(np.sqrt(column.sum())) / 6))
    beside = cv2.dilate(column.astype(np.uint8), np.ones((1, 2 * reach + 1), np.uint8)).astype(bool) & ~column
    if not column.any() or not beside.any():
        return False
    return float(np.median(pixels[column])) < float(np.median(pixels[beside]))


def spine_findings(count: int, confidence: NDArray[np.float64], views: Sequence[int]) -> tuple[Finding, ...]:
    """``not_ap_spine`` (refused), or ``doubtful_vertebra`` and ``vertebra_count`` (review).

    ``count`` vertebrae with their (count,) confidences, and how many each of the views saw.
    """
    surely = DOUBTFUL if count >= _WHOLE else _LEAST_OF_A_PART
    if count < _FEWEST or float(confidence.mean()) < surely:
        return (Finding("not_ap_spine", Status.REFUSED),)
    found = []
    if float(np.sort(confidence)[:3].mean()) < DOUBTFUL or float(confidence.mean()) < _UNSURE_OF_ALL:
        found.append(Finding("doubtful_vertebra", Status.REVIEW))
    if len(set(views)) > 1:
        found.append(Finding("vertebra_count", Status.REVIEW))
    return tuple(found)
