"""Help for the brush: masks mended as a whole. Each takes and returns an (H, W) mask and leaves its argument alone."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes, find_objects

from radcaliper.measurements.types import Mask

_BLUR: Final = 0.02
"""The smoothing's standard deviation, as a share of the square root of the mask's area."""


def fill_holes(mask: Mask) -> Mask:
    """The mask with what it encloses."""
    filled = mask.copy()
    for box in find_objects(mask.astype(np.int8)):
        filled[box] = binary_fill_holes(mask[box])
    return filled


def keep_largest(mask: Mask) -> Mask:
    """The mask's largest piece, pixels that touch by a corner being of one piece; an empty mask stays empty."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask.copy()
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray(labels == largest)


def smooth_outline(mask: Mask) -> Mask:
    """The mask with its outline's teeth and notches rounded off; straight borders stay where they are."""
    sigma = max(1.0, _BLUR * float(np.sqrt(np.count_nonzero(mask))))
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred > 0.5)
