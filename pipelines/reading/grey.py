"""From decoded arrays to the grey (H, W) float32 of a film."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.pipelines.reading.errors import UnreadableFilm
from radcaliper.pipelines.reading.limits import check_size

_LUMINANCE: Final = (0.299, 0.587, 0.114)
"""ITU-R BT.601."""
_SAMPLES: Final = 512
"""Rows and columns that percentiles are taken of."""
_FAR: Final = 10.0
"""In spans of nearly all grey values: what lies farther out is no grey of the film."""


def grey_of(colour: NDArray[Any]) -> NDArray[Any]:
    """(H, W), (H, W, 1) to (H, W, 4) samples to grey; an alpha channel (the second of two, the fourth) is ignored."""
    if colour.ndim == 2:
        return colour
    if colour.shape[2] < 3:
        return colour[..., 0]
    grey = np.zeros(colour.shape[:2], np.float32)
    for channel, weight in enumerate(_LUMINANCE):
        grey += np.float32(weight) * colour[..., channel]
    return grey


def _sampled(pixels: NDArray[Any]) -> NDArray[Any]:
    rows, cols = (max(1, side // _SAMPLES) for side in pixels.shape)
    return pixels[::rows, ::cols]


def _without_outliers(pixels: NDArray[Any]) -> NDArray[Any]:
    """Values that lie absurdly far from nearly all others brought to where the film's greys may end."""
    low, high = (float(end) for end in np.percentile(_sampled(pixels).astype(np.float64), (0.1, 99.9)))
    span = high - low
    if not 0 < span < np.inf or (pixels.min() >= low - _FAR * span and pixels.max() <= high + _FAR * span):
        return pixels
    return np.asarray(np.clip(pixels, low - _FAR * span, high + _FAR * span))


def _finite(pixels: NDArray[Any]) -> NDArray[Any]:
    """What is not a number set to the darkest grey; UnreadableFilm if most of the film is."""
    finite = np.isfinite(pixels)
    if finite.all():
        return pixels
    if finite.sum() < 0.5 * pixels.size:
        raise UnreadableFilm("most of its pixels are not numbers")
    return np.where(finite, pixels, pixels[finite].min())


def checked(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """The (H, W) film as float32 without what is not a number and without absurd outliers.

    Values that float32 does not tell apart are first shifted, so that the darkest is 0: a small contrast on a large
    offset is kept. Raises UnreadableFilm for a film that is too small, too large, or mostly no numbers.
    """
    if pixels.ndim != 2 or pixels.dtype.kind not in "biuf":
        raise UnreadableFilm("its pixels are no grey values")
    check_size(*pixels.shape)
    if pixels.dtype.kind == "f":
        pixels = _without_outliers(_finite(pixels))
    if pixels.dtype.itemsize > 2:
        pixels = np.subtract(pixels, pixels.min(), dtype=np.float64)
        if pixels.max() > np.finfo(np.float32).max:
            pixels = pixels / pixels.max()
    return np.ascontiguousarray(pixels, dtype=np.float32)
