"""Bring any film's grey values to the range the networks were trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SAMPLES = 512


def grey_range(pixels: NDArray[np.float32]) -> tuple[float, float]:
    """The 1st and 99th percentile of the (H, W) film, from at least every H/512-th row and W/512-th column."""
    rows, cols = (max(1, side // _SAMPLES) for side in pixels.shape)
    low, high = np.percentile(pixels[::rows, ::cols], (1, 99))
    return float(low), float(high)


def scale_grey(pixels: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Map ``low`` to 0 and ``high`` to 1 and clip; zeros where the range is empty (a constant film)."""
    if high <= low:
        return np.zeros_like(pixels)
    scaled = (pixels - np.float32(low)) / np.float32(high - low)
    return np.asarray(np.clip(scaled, 0.0, 1.0), dtype=np.float32)


def normalize_grey(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale the 1st to 99th percentile of the film to [0, 1] and clip."""
    return scale_grey(pixels, *grey_range(pixels))
