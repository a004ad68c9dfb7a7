"""Vertebrae by their corners, and how they are tilted.

Corners are (N, 4, 2) arrays of (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down. A tilt is
the direction of a line from the image's left to its right, in degrees from -90 to 90, positive where the right end is
lower. Pixels need not be square: the grid says how long and wide they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Grid

Corners = NDArray[np.float64]
Degrees = NDArray[np.float64]
Points = NDArray[np.float64]


def _tilt(left: Points, right: Points, grid: Grid) -> Degrees:
    across = (right - left) * [grid.row, grid.col]
    return np.asarray(np.degrees(np.arctan2(across[:, 0], across[:, 1])))


def upper_endplate_tilts(corners: Corners, grid: Grid) -> Degrees:
    """(N,) tilts of the upper end plates."""
    return _tilt(corners[:, 0], corners[:, 1], grid)


def lower_endplate_tilts(corners: Corners, grid: Grid) -> Degrees:
    """(N,) tilts of the lower end plates."""
    return _tilt(corners[:, 2], corners[:, 3], grid)


def vertebral_tilts(corners: Corners, grid: Grid) -> Degrees:
    """(N,) tilts of the lines that join the middles of the left and right sides (the AASCE challenge's definition)."""
    return _tilt(corners[:, [0, 2]].mean(axis=1), corners[:, [1, 3]].mean(axis=1), grid)


def centres(corners: Corners) -> Points:
    """(N, 2) middles of the four corners."""
    return np.asarray(corners.mean(axis=1))
