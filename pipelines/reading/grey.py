"""From decoded arrays to the grey (H, W) float32 of a film."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.pipelines.reading.errors import UnreadableFilm

_LEAST_SIDE: Final = 64
_LUMINANCE: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601."""


def grey_of(colour: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W), (H, W, 1) to (H, W, 4) samples to grey; an alpha channel (the second of two, the fourth) is ignored."""
    samples = colour.astype(np.float32)
    if samples.ndim == 2:
        return samples
    if samples.shape[2] < 3:
        return samples[..., 0]
    return np.asarray(samples[..., :3] @ _LUMINANCE, dtype=np.float32)


def checked(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The film with what is not a number set to its darkest grey; UnreadableFilm if it is too small or all of it is."""
    height, width = pixels.shape
    if min(height, width) < _LEAST_SIDE:
        raise UnreadableFilm(f"{height} x {width} pixels: too small for a radiograph")
    finite = np.isfinite(pixels)
    if finite.all():
        return np.ascontiguousarray(pixels, dtype=np.float32)
    if finite.sum() < 0.5 * pixels.size:
        raise UnreadableFilm("most of its pixels are not numbers")
    return np.where(finite, pixels, pixels[finite].min()).astype(np.float32)
