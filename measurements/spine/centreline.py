"""The centreline of a spine mask. Without vertebrae, the angle of a curve is that between its tangents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.types import Grid, Mask, NotMeasurable

_PLACES: Final = 40
_STIFFNESS: Final = 20.0
"""Curvature penalty, in units of the places' spacing, at which the largest bend of the AASCE columns is unbiased."""
_SHORTEST: Final = 4.0
"""Least length of a spine mask, in its widths."""


@dataclass(frozen=True)
class Centreline:
    """(N,) tilts in degrees of the normals, positive where the right end is lower, and (N, 2) places in pixels."""

    tilts: NDArray[np.float64]
    places: Places


def centreline(spine: Mask, grid: Grid) -> Centreline:
    """The middle of a spine mask row by row, smoothed; NotMeasurable(``spine_too_short``) for a short one."""
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
