"""What lies along the outline of a mask: samples of an image on lines across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.arrays import Grey

POINTS: Final = 96
"""Points along each outline."""
_SMOOTHED: Final = 1.5
"""Standard deviation, in points, by which outlines are smoothed before their normals are taken."""
_REACH: Final = 6
"""Points over which they are smoothed, to either side."""


@dataclass(frozen=True, eq=False)
class Outline:
    """(N, 2) evenly spaced places along an outline, and unit vectors outwards, both as (row, col)."""

    places: NDArray[np.float64]
    normals: NDArray[np.float64]

    def across(self, image: Grey, distances: NDArray[np.float64]) -> Grey:
        """(N, D) values of an (H, W) image at ``distances`` outwards from each place, in pixels."""
        at = self.places[:, None] + distances[None, :, None] * self.normals[:, None]
        rows, cols = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
        return np.asarray(cv2.remap(image, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _signed_area(places: NDArray[np.float64]) -> float:
    """Twice the area within the places; its sign says which way round they go."""
    row, col = places.T
    return float(np.sum(row * np.roll(col, -1) - np.roll(row, -1) * col))


def _smooth(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2) places of a closed outline smoothed along it."""
    weights = np.exp(-0.5 * np.square(np.arange(-_REACH, _REACH + 1) / _SMOOTHED))
    around = np.pad(places, ((_REACH, _REACH), (0, 0)), mode="wrap")
    return np.stack([np.convolve(side, weights / weights.sum(), "valid") for side in around.T], axis=1)


def outline_of(mask: Mask) -> Outline:
    """The outline of the largest piece of a mask that is not empty."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(found, key=len)[:, 0, ::-1].astype(float)
    closed = np.concatenate([contour, contour[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0, along[-1], POINTS, endpoint=False)
    places = np.stack([np.interp(at, along, closed[:, axis]) for axis in (0, 1)], axis=1)
    smooth = _smooth(places)
    tangent = np.roll(smooth, -1, axis=0) - np.roll(smooth, 1, axis=0)
    normals = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    return Outline(places, -normals if _signed_area(places) > 0 else normals)
