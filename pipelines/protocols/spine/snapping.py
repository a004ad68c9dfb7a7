"""Moves the end plates of a vertebra onto the edges that the film shows, after a person placed the corners roughly."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from radcaliper.measurements.geometry import Floats
from radcaliper.models.inference.arrays import Grey

_MAX_SHIFT: Final = 0.2
"""How far an end of a plate may move, in heights of its vertebra: less than the height of the adjacent disc."""
_STEPS: Final = 24
"""Positions that an end may move to on either side."""
_SHIFT_PENALTY: Final = 25.0
"""The penalty of a squared shift, in standard deviations of the contrast for a shift by one height of the vertebra.

Of two edges of like contrast the nearer one is taken."""
_INSET: Final = 0.1
"""Share of a plate at each end that is not sampled, as corners are round."""
_SAMPLES: Final = 32
_BLUR: Final = 0.03
"""Standard deviation of the smoothing of the film, in heights of the vertebra."""
_DISC_DISTANCE: Final = 0.18
"""Distance from a plate to where its disc is darkest, in heights of the vertebra: the mean over labelled films."""
_MIN_CONTRAST: Final = 0.25
"""The least contrast of a plate with its disc, in standard deviations of the grey around it, to move the plate."""


def _cropped(pixels: Grey, ends: Floats, margin: float) -> tuple[Floats, Floats]:
    """The part of the film around a plate's ends (2, 2), and the (row, col) of its first pixel."""
    first = np.maximum(np.floor(ends.min(axis=0) - margin).astype(int), 0)
    last = np.maximum(np.ceil(ends.max(axis=0) + margin).astype(int) + 1, first)
    return pixels[first[0] : last[0], first[1] : last[1]].astype(np.float64), first.astype(float)


def _contrast(grey: Floats, ends: Floats, inwards: Floats, offsets: Floats, disc: float) -> Floats:
    """(samples, offsets) brightness along a plate that is moved by offsets, minus that of the disc outside."""
    fraction = np.linspace(_INSET, 1 - _INSET, _SAMPLES)[:, None]
    along = ((1 - fraction) * ends[0] + fraction * ends[1])[:, None]

    def grey_at(moved: Floats) -> Floats:
        index = np.moveaxis(along + moved[None, :, None] * inwards, -1, 0)
        return np.asarray(map_coordinates(grey, index, order=1, mode="nearest"))

    return grey_at(offsets) - grey_at(offsets - disc)


def _mean_along(contrast: Floats) -> Floats:
    """(offsets, offsets) mean contrast along the plate with its left end at one offset and its right end at another."""
    samples, count = contrast.shape
    fraction = np.linspace(_INSET, 1 - _INSET, samples)
    offset = (1 - fraction) * np.arange(count)[:, None, None] + fraction * np.arange(count)[None, :, None]
    low, sample = np.minimum(offset.astype(int), count - 2), np.arange(samples)
    rest = offset - low
    return np.asarray(((1 - rest) * contrast[sample, low] + rest * contrast[sample, low + 1]).mean(axis=-1))


def _snapped(pixels: Grey, ends: Floats, inwards: Floats, height: float) -> Floats:
    """A plate's ends (2, 2), moved to the edge of highest contrast; unchanged where no contrast is high enough."""
    blur, reach = max(1.0, _BLUR * height), _MAX_SHIFT * height
    grey, first = _cropped(pixels, ends, reach + _DISC_DISTANCE * height + 4 * blur)
    if min(grey.shape) < 2:
        return ends
    offsets = np.linspace(-reach, reach, 2 * _STEPS + 1)
    means = _mean_along(_contrast(gaussian_filter(grey, blur), ends - first, inwards, offsets, _DISC_DISTANCE * height))
    penalty = np.square(offsets / height)
    scores = means - _SHIFT_PENALTY / 2 * means.std() * (penalty[:, None] + penalty[None, :])
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    if means[best] <= _MIN_CONTRAST * float(grey.std()):
        return ends
    return ends + offsets[list(best), None] * inwards


def _inward_normal(ends: Floats, axis: Floats) -> Floats:
    """Unit normal (2,) of a plate, on the side that ``axis`` (2,) points to."""
    along = ends[1] - ends[0]
    across = np.array([along[1], -along[0]])
    across = across if across.any() else axis
    return np.asarray(across / np.linalg.norm(across) * (1 if across @ axis >= 0 else -1))


def snap_end_plates(pixels: Grey, quad: Floats) -> Floats:
    """Move a vertebra's end plates onto the edges on the film.

    ``pixels`` (H, W) show bone bright. ``quad`` and the result are corners (4, 2) as (row, col), in the order tl, tr,
    bl, br. Each plate moves to the line that has the highest mean contrast with the disc outside it. Its corners move
    at right angles to the plate, by at most a fifth of the vertebra's height. A plate without an edge is unchanged.
    """
    axis = quad[2:].mean(axis=0) - quad[:2].mean(axis=0)
    height = float(np.linalg.norm(axis))
    if height == 0:
        return quad
    upper, lower = quad[:2], quad[2:]
    return np.concatenate(
        [
            _snapped(pixels, upper, _inward_normal(upper, axis), height),
            _snapped(pixels, lower, _inward_normal(lower, -axis), height),
        ]
    )
