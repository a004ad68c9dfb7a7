"""The network's targets, drawn from the projected truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.projector import Picture
from radcaliper.models.hip.channels import BAND, SHAFT_RADII


def _soft(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of a pixel lies inside an edge that is ``distance`` pixels away, inwards positive."""
    return np.clip(distance + 0.5, 0, 1)


def _band(shape: tuple[int, int], start: Points, end: Points, half: float) -> Picture:
    """(H, W) in [0, 1]: a bar between two places."""
    length = max(float(np.linalg.norm(end - start)), 1e-6)
    down, right = (end - start) / length
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    along = (rows - start[0]) * down + (cols - start[1]) * right
    across = np.abs((rows - start[0]) * right - (cols - start[1]) * down)
    return (_soft(half - across) * _soft(along) * _soft(length - along)).astype(np.float32)


def _disc(shape: tuple[int, int], centre: Points, radius: float) -> Picture:
    """(H, W) in [0, 1]: a filled circle."""
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return _soft(radius - np.hypot(rows - centre[0], cols - centre[1])).astype(np.float32)


def crossing(a: Points, b: Points, c: Points, d: Points) -> Points:
    """Where the line through ``a`` and ``b`` meets that through ``c`` and ``d``; all (2,)."""
    share = np.linalg.solve(np.stack([b - a, c - d], axis=1), c - a)[0]
    return np.asarray(a + share * (b - a))


def part_maps(places: Points, radius: float, shape: tuple[int, int]) -> Picture:
    """(3, H, W) head, neck_axis and shaft_axis of one hip, from its (5, 2) places and the head's radius in pixels."""
    head, neck, upper, lower, tip = places
    down = (lower - upper) / np.linalg.norm(lower - upper)
    top = upper + ((tip - upper) @ down) * down
    bands = (
        _band(shape, head, crossing(head, neck, upper, lower), BAND * radius),
        _band(shape, top, top + SHAFT_RADII * radius * down, BAND * radius),
    )
    return np.stack([_disc(shape, head, radius), *bands])
