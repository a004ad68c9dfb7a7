"""The tube network's window of a chest film: about the mediastinum, from the neck to the stomach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import regions_of
from radcaliper.measurements.types import Mask, Masks
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.local_contrast import local_contrast_within
from radcaliper.models.inference.normalize import normalize_grey

ROWS: Final = 512
COLS: Final = 384
_REACH: Final = 1 / 32
"""Reach of the local contrast, as a share of the window's rows: a few widths of a tracheal tube."""
_HEIGHT: Final = 1.6
"""Rows of the window, in heights of the lungs."""
_WIDTH: Final = 0.98
"""Least width of the window, in widths of the thorax."""


@dataclass(frozen=True)
class Window:
    """A part of the film from (``top``, ``left``) on, letterboxed to (``rows``, ``cols``).

    ``height`` and ``width`` are the part's size in pixels of the film.
    """

    top: int
    left: int
    height: int
    width: int
    rows: int = ROWS
    cols: int = COLS

    @property
    def box(self) -> Letterbox:
        """The letterbox from the part to the window."""
        return Letterbox(self.height, self.width, self.rows, self.cols)

    @property
    def scale(self) -> float:
        """Pixels of the window for each pixel of the film."""
        return self.box.scale

    def on_film(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transform (..., 2) places, as (row, col), from the window's pixels to the film's."""
        return np.asarray(self.box.on_film(places) + np.array([self.top, self.left]))

    def in_window(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transform (..., 2) places, as (row, col), from the film's pixels to the window's."""
        return self.box.in_box(np.asarray(places - np.array([self.top, self.left])))

    def square(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """The window of a film (H, W): (rows, cols) in [0, 1], zeros where there is no film."""
        part = pixels[self.top : self.top + self.height, self.left : self.left + self.width]
        return self.box.pad(normalize_grey(self.box.shrink(part)))

    @property
    def film_area(self) -> Mask:
        """Where the window shows film: (rows, cols)."""
        return self.box.pad(np.ones(self.box.inner, np.float32)) > 0


def network_input(grey: NDArray[np.float32], film_area: Mask) -> NDArray[np.float32]:
    """The network's input: the local contrast of a window (H, W) in [0, 1] that shows film where ``film_area``."""
    return local_contrast_within(film_area, grey, _REACH * grey.shape[0])


def tube_window(masks: Masks) -> Window | None:
    """The window around the lungs among ``masks`` of the film's size; None where there are none."""
    regions = regions_of(masks)
    lungs = [regions[name] for name in ("right_lung", "left_lung") if not regions[name].is_empty]
    if not lungs:
        return None
    film, span = lungs[0].shape, lungs[0].extent.joined(lungs[-1].extent)
    side = max(_HEIGHT * span.rows, _HEIGHT * 0.8 * span.cols)
    middle = (span.top + span.bottom) / 2 + 0.03 * side
    top, bottom = max(0, round(middle - side / 2)), min(film[0], round(middle + side / 2))
    scale = min(ROWS / (bottom - top), COLS / min(film[1], _WIDTH * span.cols))
    centre, half = (span.left + span.right) / 2, COLS / scale / 2
    left, right = max(0, round(centre - half)), min(film[1], round(centre + half))
    return Window(top, left, bottom - top, right - left)
