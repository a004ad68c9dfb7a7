"""How far two quadrilaterals overlap, without drawing them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_OUTLINE = [0, 1, 3, 2]


def quad_dice(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Dice overlap, 0 to 1, of two convex quadrilaterals (4, 2), corners tl, tr, bl, br as (row, col)."""
    first, second = (quad[_OUTLINE].astype(np.float32) for quad in (a, b))
    total = cv2.contourArea(first) + cv2.contourArea(second)
    shared, _ = cv2.intersectConvexConvex(first, second)
    return min(1.0, 2 * float(shared) / total) if total > 0 else 0.0
