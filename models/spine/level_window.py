"""The part of a film that the level network sees: the spine at one scale, with what lies beside, above and below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.spine.vertebra import Corners, centres
from radcaliper.models.inference.local_contrast import local_contrast_within

STRIDE: Final = 8
"""Pixels of the window for each pixel of the level network's answer."""
ROWS: Final = 256
COLS: Final = 96
GAP: Final = 12.0
"""Rows from one vertebra to the next: 17 vertebrae fill four fifths of the window."""
_REACH: Final = 2 * GAP
"""Reach of the window's local contrast."""


@dataclass(frozen=True)
class LevelWindow:
    """A window of ROWS x COLS pixels: ``scale`` of them for each of the film's, whose (0, 0) lies at ``origin``."""

    scale: float
    origin: tuple[float, float]

    def from_film(self, places: Places) -> Places:
        """(N, 2) places on the film to places in the window."""
        return places * self.scale + self.origin

    def sample(self, film: NDArray[np.float32]) -> NDArray[np.float32]:
        """The local contrast (ROWS, COLS) of an (H, W) film in [0, 1], 0.5 beyond its edges."""
        sharp = cv2.GaussianBlur(film, (0, 0), 0.4 / self.scale) if self.scale < 0.67 else film
        matrix = np.array([[self.scale, 0, self.origin[1]], [0, self.scale, self.origin[0]]])
        grey = cv2.warpAffine(sharp, matrix, (COLS, ROWS), flags=cv2.INTER_LINEAR)
        return local_contrast_within(self._film_area(film.shape), grey.astype(np.float32), _REACH)

    def _film_area(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        rows = (np.arange(ROWS) - self.origin[0]) / self.scale
        cols = (np.arange(COLS) - self.origin[1]) / self.scale
        return ((rows >= 0) & (rows <= shape[0] - 1))[:, None] & ((cols >= 0) & (cols <= shape[1] - 1))[None, :]


def vertebral_gap(corners: Corners) -> float:
    """The median distance of neighbouring vertebrae, in the corners' pixels; of two vertebrae at least."""
    return float(np.median(np.hypot(*np.diff(centres(corners), axis=0).T)))


def window_around(corners: Corners, scaled: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> LevelWindow:
    """The window with the vertebrae in its middle; for training, ``scaled`` further and shifted by rows and columns."""
    places = centres(corners)
    scale = GAP / vertebral_gap(corners) * scaled
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    row, col = (np.array([ROWS - 1, COLS - 1]) / 2 + shift - scale * middle).tolist()
    return LevelWindow(scale, (row, col))
