"""Masks of vertebrae and of the whole column from the vertebrae's corners."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import Region
from radcaliper.measurements.spine.vertebra import Corners


def filled(shape: tuple[int, int], outline: NDArray[np.float64]) -> Region:
    """What lies inside an outline of (row, col) places, on a film of (H, W)."""
    corners = np.round(outline[:, ::-1]).astype(np.int32)
    left, top = np.maximum(corners.min(axis=0), 0)
    right, bottom = np.minimum(corners.max(axis=0) + 1, shape[::-1])
    if left >= right or top >= bottom:
        return Region.nowhere(shape)
    canvas = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(canvas, [corners], 1, offset=(-int(left), -int(top)))
    return Region.within(canvas.view(bool), int(top), int(left), shape)


def column_outline(corners: Corners) -> NDArray[np.float64]:
    """The outline of all vertebrae and the discs between them."""
    left, right = corners[:, [0, 2]].reshape(-1, 2), corners[:, [1, 3]].reshape(-1, 2)
    return np.concatenate([left, right[::-1]])
