"""Masks of vertebrae and of the whole column from the vertebrae's corners."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.measurements.types import Mask


def filled(shape: tuple[int, int], outline: NDArray[np.float64]) -> Mask:
    """The (H, W) mask inside an outline of (row, col) places."""
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.round(outline[:, ::-1]).astype(np.int32)], 1)
    return np.asarray(canvas, dtype=bool)


def column_outline(corners: Corners) -> NDArray[np.float64]:
    """The outline of all vertebrae and the discs between them."""
    left, right = corners[:, [0, 2]].reshape(-1, 2), corners[:, [1, 3]].reshape(-1, 2)
    return np.concatenate([left, right[::-1]])
