"""Rotations in space, as (3, 3) matrices that act on rows of places from the right: ``places @ matrix``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Turn = NDArray[np.float64]


def turn(axes: str, *degrees: float) -> Turn:
    """One turn after the other about the world's axes named, each by so many degrees, right-handed."""
    return np.asarray(Rotation.from_euler(axes, degrees, degrees=True).as_matrix().T)
