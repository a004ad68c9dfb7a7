"""The part of a film that the canvas shows, and where its points lie in a picture of that part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BEYOND: Final = 0.06
"""How far beyond the film its picture reaches, as a share of the film: lines and words may end there."""


@dataclass(frozen=True)
class ScreenView:
    """A picture of ``shape`` (H, W) whose upper left edge lies at (top, left) in pixels of the film.

    ``scale`` (down, across) are its pixels for each pixel of the film; 0 pixels high or wide where nothing is to be
    seen.
    """

    top: float
    left: float
    scale: tuple[float, float]
    shape: tuple[int, int]

    def xy(self, points: ArrayLike) -> NDArray[np.float64]:
        """(N, 2) places (row, col) on the film as (x, y) in the picture."""
        places = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return ((places - [self.top, self.left]) * self.scale)[:, ::-1]

    @property
    def first_pixel(self) -> tuple[float, float]:
        """Where the centre of the picture's first pixel lies on the film."""
        return self.top + 0.5 / self.scale[0], self.left + 0.5 / self.scale[1]


def view_of(
    film: tuple[int, int], centre: tuple[float, float], scale: tuple[float, float], canvas: tuple[int, int]
) -> ScreenView:
    """What a canvas (H, W) shows of a film (H, W) when its middle lies at ``centre`` (row, col) of the film."""
    ends = []
    for size, middle, step, pixels in zip(film, centre, scale, canvas, strict=True):
        first = max(-_BEYOND * size, middle - pixels / 2 / step)
        last = min((1 + _BEYOND) * size, middle + pixels / 2 / step)
        ends.append((first, max(0, int(np.ceil((last - first) * step)))))
    (top, height), (left, width) = ends
    return ScreenView(top, left, scale, (height, width))
