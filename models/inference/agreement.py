"""How far several masks of one structure agree."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask


def dice(a: Mask, b: Mask) -> float:
    """Dice overlap of two masks of one shape, 0 to 1; 1 when both are empty (Dice 1945)."""
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 1.0 if total == 0 else 2 * np.count_nonzero(a & b) / total


def mean_pairwise_dice(masks: NDArray[np.bool_]) -> float:
    """Mean Dice over all pairs of (P, H, W) masks; 0 when all are empty."""
    if not masks.any():
        return 0.0
    return float(np.mean([dice(a, b) for a, b in combinations(masks, 2)]))
