"""Plane geometry that several measurements share. Places are (row, col), in square units: pixels times their size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Numbers in any shape."""
Vector = NDArray[np.float64]
"""(2,) direction as (row, col)."""
Places = NDArray[np.float64]
"""(..., 2) places as (row, col)."""


def angle_between(a: Vector, b: Vector) -> float:
    """Compute the angle between two directions.

    Parameters
    ----------
    a, b : Vector
        Directions (2,) as (row, col), in square units; neither is zero.

    Returns
    -------
    float
        The angle in degrees, 0 to 180.

    Examples
    --------
    >>> angle_between(np.array([1.0, 0.0]), np.array([0.0, 2.0]))
    90.0
    """
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def line_direction(places: Places, towards: Vector) -> Vector:
    """Fit the direction of the line nearest to places.

    The line is that of total least squares [1]_.

    Parameters
    ----------
    places : Places
        (N, 2) places as (row, col), in square units; N is at least 2.
    towards : Vector
        A direction (2,) on the side that the line's direction is to point to.

    Returns
    -------
    Vector
        Unit direction (2,) as (row, col).

    References
    ----------
    .. [1] Pearson K. On lines and planes of closest fit to systems of points in space. Philosophical Magazine
       1901;2:559-572.

    Examples
    --------
    >>> line_direction(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), towards=np.array([1.0, 0.0])).round(6)
    array([0.6, 0.8])
    """
    along = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][0]
    return np.asarray(along if along @ towards > 0 else -along)
