"""Local contrast normalisation, which makes washed-out parts of a film visible."""

from __future__ import annotations

import cv2
import numpy as np

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.arrays import Grey

_FLOOR = 0.02
"""Added to the local standard deviation of grey, of 1, so that noise is not amplified."""


def _normalised(grey: Grey, mean: Grey, mean_square: Grey) -> Grey:
    spread = np.sqrt(np.maximum(mean_square - mean * mean, 0))
    return np.asarray(0.5 + 0.5 * np.tanh((grey - mean) / (2 * (spread + _FLOOR))), dtype=np.float32)


def _blurred(grey: Grey, reach: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), reach), dtype=np.float32)


def local_contrast(grey: Grey, reach: float) -> Grey:
    """A film (H, W) in [0, 1] against its surroundings within ``reach`` pixels: 0 to 1, 0.5 where nothing differs."""
    return _normalised(grey, _blurred(grey, reach), _blurred(grey * grey, reach))


def _share_within(area: Mask, reach: float) -> Grey:
    """Which share of the surroundings of each pixel lies within an area (H, W)."""
    rows, cols = np.asarray(area.any(axis=1))[:, None], np.asarray(area.any(axis=0))[None]
    if not np.array_equal(area, rows & cols):
        return _blurred(area.astype(np.float32), reach)
    down, across = (_blurred(side.astype(np.float32), reach) for side in (rows, cols))  # of a box, by its sides
    return np.asarray(down * across, dtype=np.float32)


def local_contrast_within(film_area: Mask, grey: Grey, reach: float) -> Grey:
    """The same for a film that covers only the mask ``film_area`` (H, W): the rest does not count, and becomes 0.5."""
    share = np.maximum(_share_within(film_area, reach), np.float32(1e-3))
    shown: Grey = grey * film_area
    mean = np.divide(_blurred(shown, reach), share, dtype=np.float32)
    mean_square = np.divide(_blurred(shown * shown, reach), share, dtype=np.float32)
    return np.where(film_area, _normalised(grey, mean, mean_square), np.float32(0.5))
