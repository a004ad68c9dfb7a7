"""The true height of films that were squashed to a square, as collections of pictures do."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from radcaliper.measurements.types import Radiograph

_SQUARE: Final = 0.02
"""How far the sides of a squashed film's file may differ, as a share."""
_TALLER: Final = 2.4
"""A film of a whole spine is 2.2 to 3.6 times as high as wide on nine tenths of the AASCE films, which are narrow.

Wider ones of another hospital show their vertebrae as surely at 2.4 as at 2."""


def may_be_squashed(film: Radiograph) -> bool:
    """Whether a film fills a square file that says nothing of its pixels' size."""
    height, width = film.on_file.file_shape
    return film.spacing is None and abs(height / width - 1) <= _SQUARE


def at_true_height(film: Radiograph) -> Radiograph:
    """A squashed film of a whole spine with its rows drawn out; it still knows its file."""
    shape = (round(film.shape[0] * _TALLER), film.shape[1])
    pixels = cv2.resize(film.pixels, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return replace(film, pixels=pixels.astype(np.float32), geometry=film.on_file.resampled(shape))
