"""Bring any film's grey values to the range the networks were trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def normalize_grey(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale the 1st to 99th percentile of the film to [0, 1] and clip; a constant film becomes zeros."""
    low, high = np.percentile(pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)], (1, 99))
    if high <= low:
        return np.zeros_like(pixels)
    return np.clip((pixels - np.float32(low)) / np.float32(high - low), 0.0, 1.0).astype(np.float32)
