"""The middle of a neck's narrowest section as it is seen on the film, from the femur's volume in space.

Only the neck's own outline counts: a trochanter that lies before or behind the neck does not hide its edges on a film.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.projector import Projector
from radcaliper.measurements.hip.neck import CLEAR_OF_CIRCLE, shortest_across

_HEAD_ENDS: Final = 0.6
_TUBE: Final = (1.15, 0.9)
"""Head radii about the neck's axis in space within which the bone is the head, up to so many radii from its centre, and
the neck beyond."""
_END: Final = 1.9
"""Head radii along that axis from the head's centre at which the trochanters begin for sure."""
_SEARCHED: Final = (0.55, 1.7)
"""Where along the neck, in head radii in space, its narrowest section lies."""
_STEP: Final = 0.06
"""Distance of the sections in head radii, and half of how thick each is."""
_ROUNDS: Final = 4


def _tube(places: Points, axes: SpatialFemurAxes) -> NDArray[np.bool_]:
    """(N,) which places belong to head and neck."""
    axis = (axes.neck - axes.head) / np.linalg.norm(axes.neck - axes.head)
    off = places - axes.head
    along = off @ axis
    across = np.linalg.norm(off - along[:, None] * axis, axis=1)
    tube = np.where(along < _HEAD_ENDS * axes.radius, *_TUBE)
    return np.asarray((across < tube * axes.radius) & (along < _END * axes.radius))


def _edges(off: Points, direction: Points, radius: float, levels: NDArray[np.float64]) -> tuple[Points, Points]:
    """Upper and lower outline (L, 2) of (N, 2) places from the head, at levels along a unit direction, off the head."""
    sideways = np.array([-direction[1], direction[0]])
    along, across = off @ direction, off @ sideways
    sections = [across[np.abs(along - level) < _STEP / 2 * radius] for level in levels]
    upper, lower = (
        np.array(
            [
                level * direction + end(each) * sideways
                for level, each in zip(levels, sections, strict=True)
                if len(each)
            ]
        )
        for end in (np.max, np.min)
    )
    upper, lower = (edge[np.linalg.norm(edge, axis=1) > CLEAR_OF_CIRCLE * radius] for edge in (upper, lower))
    return upper, lower


def projected_neck(places: Points, axes: SpatialFemurAxes, film: Projector) -> Points:
    """(2,) film (row, col) of the middle of the narrowest section, from the (N, 3) places of a posed femur."""
    head, neck = film(np.stack([axes.head, axes.neck]))
    depth = film.distance / (film.distance - film.gap + axes.head[1])
    radius = axes.radius * depth / film.pixel
    off = film(places[_tube(places, axes)]) - head
    seen = float(np.linalg.norm(neck - head)) / (float(np.linalg.norm(axes.neck - axes.head)) * depth / film.pixel)
    levels = np.arange(_SEARCHED[0], _SEARCHED[1] * max(seen, 0.5), _STEP) * radius
    middle = neck - head
    for _ in range(_ROUNDS):
        middle, _ = shortest_across(*_edges(off, middle / np.linalg.norm(middle), radius, levels))
    return np.asarray(head + middle)
