"""How much a pair of lungs and a heart look like those of a person, by position and size alone.

A normal distribution over eighteen proportions of the thorax, learned from outlines of labelled films. It ships as
proportions: no film, and no outline of one, can be got back from it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.chest.extents import extent
from radcaliper.measurements.types import Masks

_TABLE: Final = Path(__file__).resolve().parent / "thorax_shape.json"
_PARTS: Final = ("right_lung", "left_lung", "heart")


def proportions(masks: Masks) -> NDArray[np.float64]:
    """Eighteen proportions of lungs and heart to the thorax's box; all three must be there, else ValueError."""
    if not all(masks[name].any() for name in _PARTS):
        raise ValueError("lungs or heart are missing")
    boxes = {name: extent(masks[name]) for name in _PARTS}
    right, left = boxes["right_lung"], boxes["left_lung"]
    top, bottom = min(right.top, left.top), max(right.bottom, left.bottom)
    start, width, height = right.left, max(1, left.right - right.left + 1), bottom - top + 1
    numbers = [float(np.log(height / width))]
    for name in _PARTS:
        box = boxes[name]
        rows, cols = np.nonzero(masks[name])
        numbers += [
            float(np.log(len(rows) / (height * width))),
            (float(rows.mean()) - top) / height,
            (float(cols.mean()) - start) / width,
            box.cols / width,
            box.rows / height,
        ]
    numbers += [(right.right - start) / width, (left.left - start) / width]
    return np.array(numbers)


@lru_cache(maxsize=1)
def _model() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    return np.array(table["mean"]), np.array(table["precision"])


def unlikeness(masks: Masks) -> float:
    """Root mean squared Mahalanobis distance from labelled thoraxes: about 1 for a usual one, large for none.

    Raises ValueError where lungs or heart are missing.
    """
    mean, precision = _model()
    apart = proportions(masks) - mean
    return float(np.sqrt(apart @ precision @ apart / len(apart)))
