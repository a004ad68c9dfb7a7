"""Grey against its surroundings: what a washed-out part of a film still shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask

Grey = NDArray[np.float32]
_FLOOR = 0.02
"""Spread of grey, of 1, below which differences are not made any larger."""


def _normalised(grey: Grey, mean: Grey, mean_square: Grey) -> Grey:
    spread = np.sqrt(np.maximum(mean_square - mean * mean, 0))
    return np.asarray(0.5 + 0.5 * np.tanh((grey - mean) / (2 * (spread + _FLOOR))), dtype=np.float32)


def _blurred(grey: Grey, reach: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), reach), dtype=np.float32)


def local_contrast(grey: Grey, reach: float) -> Grey:
    """A film (H, W) in [0, 1] against its surroundings within ``reach`` pixels: 0 to 1, 0.5 where nothing differs."""
    return _normalised(grey, _blurred(grey, reach), _blurred(grey * grey, reach))


def local_contrast_within(seen: Mask, grey: Grey, reach: float) -> Grey:
    """The same where only ``seen`` (H, W) shows film: what surrounds it does not count, and is 0.5 itself."""
    weight = seen.astype(np.float32)
    share = np.maximum(_blurred(weight, reach), np.float32(1e-3))
    shown: Grey = grey * weight
    mean = np.divide(_blurred(shown, reach), share, dtype=np.float32)
    mean_square = np.divide(_blurred(shown * shown, reach), share, dtype=np.float32)
    return np.where(seen, _normalised(grey, mean, mean_square), np.float32(0.5))
