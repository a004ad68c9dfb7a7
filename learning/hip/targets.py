"""The network's targets, drawn from the projected truth: on a stretched view they are stretched along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.projector import Picture
from radcaliper.models.hip.channels import BAND, SHAFT_RADII

Pixels = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Film row and column of every pixel of a picture (H, W): they need not be the picture's own."""


def pixels_of(shape: tuple[int, int]) -> Pixels:
    """The rows and columns of a picture that is the film itself."""
    rows, cols = np.indices(shape, dtype=np.float64)
    return rows, cols


@dataclass(frozen=True)
class Canvas:
    """Where a picture's ``pixels`` lie on the film, and how many of its pixels a film pixel is long."""

    pixels: Pixels
    scale: float = 1.0

    def _soft(self, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much of a pixel lies inside an edge that is ``distance`` film pixels away, inwards positive."""
        return np.clip(distance * self.scale + 0.5, 0, 1)

    def band(self, start: Points, end: Points, half: float) -> Picture:
        """(H, W) in [0, 1]: a bar between two places of the film."""
        length = max(float(np.linalg.norm(end - start)), 1e-6)
        down, right = (end - start) / length
        rows, cols = self.pixels
        along = (rows - start[0]) * down + (cols - start[1]) * right
        across = np.abs((rows - start[0]) * right - (cols - start[1]) * down)
        return (self._soft(half - across) * self._soft(along) * self._soft(length - along)).astype(np.float32)

    def disc(self, centre: Points, radius: float) -> Picture:
        """(H, W) in [0, 1]: a filled circle of the film."""
        rows, cols = self.pixels
        return self._soft(radius - np.hypot(rows - centre[0], cols - centre[1])).astype(np.float32)


def crossing(a: Points, b: Points, c: Points, d: Points) -> Points:
    """Where the line through ``a`` and ``b`` meets that through ``c`` and ``d``; all (2,)."""
    share = np.linalg.solve(np.stack([b - a, c - d], axis=1), c - a)[0]
    return np.asarray(a + share * (b - a))


def part_maps(places: Points, radius: float, canvas: Canvas) -> Picture:
    """(3, H, W) head, neck_axis and shaft_axis of one hip, from its (5, 2) places and the head's radius on the film."""
    head, neck, upper, lower, tip = places
    down = (lower - upper) / np.linalg.norm(lower - upper)
    top = upper + ((tip - upper) @ down) * down
    bands = (
        canvas.band(head, crossing(head, neck, upper, lower), BAND * radius),
        canvas.band(top, top + SHAFT_RADII * radius * down, BAND * radius),
    )
    return np.stack([canvas.disc(head, radius), *bands])
