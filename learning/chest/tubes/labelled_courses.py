"""The courses of labelled tubes, from their masks."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.tubes.course import find_courses
from radcaliper.measurements.types import Mask
from radcaliper.models.tubes.presence import entry_distance

_AT_EDGE: Final = 0.012
"""A labelled tube that ends within this share of the film's height from its edge leaves the film."""


def labelled_course(kind: str, mask: Mask, veins_end: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The course of a labelled tube, from its mask; None where the mask is too small."""
    small = cv2.resize(mask.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) > 0
    found = find_courses(small, lambda ends: entry_distance(kind, veins_end / 2, ends), 30)
    return 2 * found[0] if found and len(found[0]) > 15 else None


def leaves_film(place: NDArray[np.float64], shape: tuple[int, int]) -> bool:
    """Whether a labelled tube that ends at ``place`` goes on beyond a film of ``shape``."""
    margin = _AT_EDGE * shape[0]
    row, col = place
    return bool(min(row, col, shape[0] - 1 - row, shape[1] - 1 - col) < margin)
