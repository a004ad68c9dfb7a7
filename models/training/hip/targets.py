"""The network's targets, drawn from the projected truth."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.models.hip_parts import BAND, SHAFT_RADII
from radcaliper.models.training.hip.meshes import Points
from radcaliper.models.training.hip.projector import Picture

_FRACTION_BITS: Final = 4


def _fixed(places: Points) -> NDArray[np.int32]:
    """(N, 2) (row, col) as OpenCV's fixed-point (x, y)."""
    return np.round(places[:, ::-1] * 2**_FRACTION_BITS).astype(np.int32)


def _band(shape: tuple[int, int], start: Points, end: Points, half: float) -> Picture:
    """(H, W) in [0, 1]: a bar between two places."""
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    across = half * np.array([-along[1], along[0]])
    canvas = np.zeros(shape, np.uint8)
    corners = np.stack([start + across, end + across, end - across, start - across])
    cv2.fillPoly(canvas, [_fixed(corners)], 255, cv2.LINE_AA, _FRACTION_BITS)
    return np.asarray(canvas / np.float32(255), dtype=np.float32)


def _disc(shape: tuple[int, int], centre: Points, radius: float) -> Picture:
    """(H, W) in [0, 1]: a filled circle."""
    canvas = np.zeros(shape, np.uint8)
    ((x, y),) = _fixed(centre[None])
    size = round(radius * 2**_FRACTION_BITS)
    cv2.circle(canvas, (int(x), int(y)), size, 255, cv2.FILLED, cv2.LINE_AA, _FRACTION_BITS)
    return np.asarray(canvas / np.float32(255), dtype=np.float32)


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
