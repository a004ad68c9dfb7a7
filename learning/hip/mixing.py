"""Femora between two scanned ones: a thin-plate spline takes the landmarks of one part of the way to the other's."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.interpolate import RBFInterpolator

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.meshes import Points

_SHAFT_RADII: Final = (1.0, 3.0, 5.0)
"""Head radii below the lesser trochanter's tip at which the shaft's outline is marked."""
_HALF_SLAB: Final = 0.06
_HEAD_POLES: Final = np.array([[1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)


def _ring(volume: Points, middle: Points, axis: Points, radius: float) -> Points:
    """(4, 3) outermost places of the section through ``middle`` across ``axis``: sideways, then fore and aft."""
    off = volume - middle
    along = off @ axis
    section = off[(np.abs(along) < _HALF_SLAB * radius) & (np.linalg.norm(off, axis=1) < 1.4 * radius)]
    sideways = np.cross(axis, [0.0, 1.0, 0.0])
    sideways /= np.linalg.norm(sideways)
    fore = np.cross(axis, sideways)
    return np.stack([middle + extent(section @ way) * way for way in (sideways, fore) for extent in (np.min, np.max)])


def landmarks(volume: Points, axes: SpatialFemurAxes) -> Points:
    """(24, 3) places that every femur has, from the (N, 3) points of its volume in its own frame.

    Head, neck's isthmus, both trochanters, and the shaft at three levels.
    """
    radius = axes.radius
    neck_axis = (axes.head - axes.neck) / np.linalg.norm(axes.head - axes.neck)
    up = (axes.shaft_upper - axes.shaft_lower) / np.linalg.norm(axes.shaft_upper - axes.shaft_lower)
    outer = volume[(volume[:, 0] < axes.neck[0] - 0.6 * radius) & (volume[:, 2] > axes.lesser_trochanter[2])]
    rings = [_ring(volume, axes.neck, neck_axis, radius)]
    for below in _SHAFT_RADII:
        level = axes.lesser_trochanter[2] - below * radius
        rings.append(_ring(volume, axes.shaft_upper + up * (level - axes.shaft_upper[2]) / up[2], up, radius))
    trochanters = [outer[outer[:, 2].argmax()], outer[outer[:, 0].argmin()], axes.lesser_trochanter]
    return np.concatenate([axes.head + radius * _HEAD_POLES, *rings, np.stack(trochanters)])


def mixed(places: Points, own: Points, other: Points, share: float) -> Points:
    """(N, 3) places after their femur's landmarks ``own`` went a ``share`` of the way to ``other`` (Bookstein 1989)."""
    spline = RBFInterpolator(own, share * (other - own), kernel="thin_plate_spline", degree=1)
    return np.asarray(places + spline(places))
