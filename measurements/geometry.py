"""Plane geometry that several measurements share. Places are (row, col), in square units: pixels times their size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""(2,) direction as (row, col)."""
Places = NDArray[np.float64]
"""(..., 2) places as (row, col)."""


def angle_between(a: Vector, b: Vector) -> float:
    """The angle in degrees, 0 to 180, between two directions (2,) that are not zero."""
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def line_direction(places: Places, towards: Vector) -> Vector:
    """Unit direction (2,) of the line nearest to (N, 2) places in squares, on the side that ``towards`` (2,) points to.

    N is at least 2 (total least squares; Pearson 1901).
    """
    along = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][0]
    return np.asarray(along if along @ towards > 0 else -along)
