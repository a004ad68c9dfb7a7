"""Repairs of a whole mask. Each function takes an (H, W) mask and returns a new one."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes, find_objects

from radcaliper.measurements.types import Mask

_SMOOTHING: Final = 0.02
"""Standard deviation of the smoothing, as a share of the square root of the mask's area."""


def fill_holes(mask: Mask) -> Mask:
    """The mask with its holes filled."""
    filled = mask.copy()
    for box in find_objects(mask.astype(np.int8)):
        filled[box] = binary_fill_holes(mask[box])
    return filled


def keep_largest(mask: Mask) -> Mask:
    """The mask's largest 8-connected component; an empty mask stays empty."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask.copy()
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray(labels == largest)


def smooth_outline(mask: Mask) -> Mask:
    """The mask with small bumps and notches of its outline removed; straight borders stay where they are."""
    sigma = max(1.0, _SMOOTHING * float(np.sqrt(np.count_nonzero(mask))))
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred > 0.5)
