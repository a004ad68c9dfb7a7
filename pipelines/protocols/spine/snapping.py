"""End plates put where the film shows them: the help for corners that were dragged by eye."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from radcaliper.measurements.geometry import Places
from radcaliper.models.inference.arrays import Grey

_REACH: Final = 0.2
"""How far an end of a plate may move, in heights of its vertebra: less than the disc beside it."""
_STEPS: Final = 24
"""Places that an end may move to on either side."""
_NEARNESS: Final = 25.0
"""Standard deviations of the contrast that a move of one height costs, squared: of two like edges the nearer counts."""
_INSET: Final = 0.1
"""Share of a plate at each end that is not looked at: corners are round."""
_SAMPLES: Final = 32
_BLUR: Final = 0.03
"""The film is smoothed by this standard deviation, in heights of the vertebra."""
_DISC: Final = 0.18
"""How far outside a plate its disc is darkest on the mean over labelled films, in heights of the vertebra."""
_CLEAR: Final = 0.25
"""Contrast of a plate with its disc, in standard deviations of the grey around it, from which it is clear."""


def _part(pixels: Grey, ends: Places, margin: float) -> tuple[NDArray[np.float64], Places]:
    """The part of the film around a plate, and its first pixel."""
    first = np.maximum(np.floor(ends.min(axis=0) - margin).astype(int), 0)
    last = np.maximum(np.ceil(ends.max(axis=0) + margin).astype(int) + 1, first)
    return pixels[first[0] : last[0], first[1] : last[1]].astype(np.float64), first.astype(float)


def _contrast(grey: Places, ends: Places, inwards: Places, offsets: Places, disc: float) -> Places:
    """(samples, offsets) how much brighter places along a plate, moved by the offsets, are than the disc outside."""
    share = np.linspace(_INSET, 1 - _INSET, _SAMPLES)[:, None]
    along = ((1 - share) * ends[0] + share * ends[1])[:, None]

    def grey_at(moved: Places) -> Places:
        index = np.moveaxis(along + moved[None, :, None] * inwards, -1, 0)
        return np.asarray(map_coordinates(grey, index, order=1, mode="nearest"))

    return grey_at(offsets) - grey_at(offsets - disc)


def _mean_along(contrast: Places) -> Places:
    """(offsets, offsets) mean contrast of the line whose left end has the one offset and its right end the other."""
    samples, count = contrast.shape
    share = np.linspace(_INSET, 1 - _INSET, samples)
    offset = (1 - share) * np.arange(count)[:, None, None] + share * np.arange(count)[None, :, None]
    low, sample = np.minimum(offset.astype(int), count - 2), np.arange(samples)
    part = offset - low
    return np.asarray(((1 - part) * contrast[sample, low] + part * contrast[sample, low + 1]).mean(axis=-1))


def _snapped(pixels: Grey, ends: Places, inwards: Places, height: float) -> Places:
    """A plate's ends (2, 2), moved across it to where it stands out from its disc; as they are where it does not."""
    blur, reach = max(1.0, _BLUR * height), _REACH * height
    grey, first = _part(pixels, ends, reach + _DISC * height + 4 * blur)
    if min(grey.shape) < 2:
        return ends
    offsets = np.linspace(-reach, reach, 2 * _STEPS + 1)
    means = _mean_along(_contrast(gaussian_filter(grey, blur), ends - first, inwards, offsets, _DISC * height))
    away = np.square(offsets / height)
    scores = means - _NEARNESS / 2 * means.std() * (away[:, None] + away[None, :])
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    if means[best] <= _CLEAR * float(grey.std()):
        return ends
    return ends + offsets[list(best), None] * inwards


def _inwards(ends: Places, axis: Places) -> Places:
    """Unit direction at right angles to a plate, towards where ``axis`` leads."""
    along = ends[1] - ends[0]
    across = np.array([along[1], -along[0]])
    across = across if across.any() else axis
    return np.asarray(across / np.linalg.norm(across) * (1 if across @ axis >= 0 else -1))


def snap_end_plates(pixels: Grey, quad: Places) -> Places:
    """The corners (4, 2) of a vertebra, in the order tl, tr, bl, br, its end plates where the film shows them.

    ``pixels`` (H, W) show bone bright. Each plate becomes the line that stands out most from the disc outside it, on
    the mean along it; its corners move at right angles to it, by at most a fifth of the height. A plate stays where it
    is if no line near it stands out.
    """
    axis = quad[2:].mean(axis=0) - quad[:2].mean(axis=0)
    height = float(np.linalg.norm(axis))
    if height == 0:
        return quad
    upper, lower = quad[:2], quad[2:]
    return np.concatenate(
        [
            _snapped(pixels, upper, _inwards(upper, axis), height),
            _snapped(pixels, lower, _inwards(lower, -axis), height),
        ]
    )
