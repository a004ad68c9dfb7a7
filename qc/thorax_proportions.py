"""A normal distribution of eighteen proportions of lungs and heart, fitted to labelled films.

It tells whether positions and sizes are plausible; ``thorax_modes`` does so for outlines. No film and no outline can be
recovered from it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import regions_of
from radcaliper.measurements.types import Masks
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES

_TABLE: Final = Path(__file__).resolve().parent / "thorax_proportions.json"


def proportions(masks: Masks) -> NDArray[np.float64]:
    """Eighteen proportions of lungs and heart to the thorax's box; all three must be there, else ValueError."""
    regions = regions_of(masks)
    if any(regions[name].is_empty for name in THORAX_STRUCTURES):
        raise ValueError("lungs or heart are missing")
    boxes = {name: regions[name].extent for name in THORAX_STRUCTURES}
    right, left = boxes["right_lung"], boxes["left_lung"]
    top, bottom = min(right.top, left.top), max(right.bottom, left.bottom)
    start, width, height = right.left, max(1, left.right - right.left + 1), bottom - top + 1
    found = [float(np.log(height / width))]
    for name in THORAX_STRUCTURES:
        box, centre = boxes[name], regions[name].centre
        found += [
            float(np.log(regions[name].area / (height * width))),
            (centre.row - top) / height,
            (centre.col - start) / width,
            box.cols / width,
            box.rows / height,
        ]
    found += [(right.right - start) / width, (left.left - start) / width]
    return np.array(found)


@lru_cache(maxsize=1)
def _model() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    return np.array(table["mean"]), np.array(table["precision"])


def mahalanobis_distance(masks: Masks) -> float:
    """Mahalanobis distance from labelled thoraxes, over the root of the number of proportions.

    It is about 1 for a usual thorax. Raises ValueError where lungs or heart are missing.
    """
    mean, precision = _model()
    difference = proportions(masks) - mean
    return float(np.sqrt(difference @ precision @ difference / len(difference)))
