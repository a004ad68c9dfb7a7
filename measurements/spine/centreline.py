"""Curves from the centreline of a spine mask alone: no vertebra is known, so the angle is between tangents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline

from radcaliper.measurements.types import Grid, Mask, NotMeasurable

_PLACES: Final = 40
_STIFFNESS: Final = 20.0
"""Curvature penalty, in units of the places' spacing, at which the AASCE columns' largest bend is read unbiased."""
_SHORTEST: Final = 4.0
"""Times its width that a spine mask must be long for its bend to be read."""


@dataclass(frozen=True)
class Centreline:
    """(N,) tilts in degrees of the tangent's normal, positive where its right end is lower, and (N, 2) places."""

    tilts: NDArray[np.float64]
    places: NDArray[np.float64]


def centreline(spine: Mask, grid: Grid) -> Centreline:
    """The middle of a spine mask row by row, smoothed; NotMeasurable(``spine_too_short``) for a stub."""
    rows = np.flatnonzero(spine.any(axis=1))
    if len(rows) < _PLACES:
        raise NotMeasurable("spine_too_short")
    part = spine[rows]
    first, last = part.argmax(axis=1), spine.shape[1] - 1 - part[:, ::-1].argmax(axis=1)
    width = float(np.median(last - first + 1)) * grid.col
    if (rows[-1] - rows[0]) * grid.row < _SHORTEST * width:
        raise NotMeasurable("spine_too_short")
    ends = max(1, round(0.25 * width / grid.row))  # rows at a slanted end show one corner only
    knots = np.linspace(ends, len(rows) - 1 - ends, _PLACES).round().astype(int)
    along, across = rows[knots] * grid.row, ((first + last) / 2)[knots] * grid.col
    scale = (along[-1] - along[0]) / (_PLACES - 1)
    line = make_smoothing_spline(along / scale, across / scale, lam=_STIFFNESS)
    tilts = np.degrees(np.arctan(-line.derivative()(along / scale)))
    places = np.stack([along / grid.row, line(along / scale) * scale / grid.col], axis=1)
    return Centreline(np.asarray(tilts), places)
