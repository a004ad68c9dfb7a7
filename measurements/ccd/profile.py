"""Widths of a femur across a line: where its two borders are, level by level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.ccd.upright import Places, Upright

STEP = 0.5


def borders(femur: Upright, starts: Places, across: Places, reach: float) -> NDArray[np.float64]:
    """Distances (n, 2) from each start (n, 2) to the border backwards (negative) and forwards along ``across`` (2,).

    A border is where the share first falls through one half, to a fraction of a pixel. NaN where the start lies outside
    the femur or no border comes within ``reach``.
    """
    steps = np.arange(0, reach + STEP, STEP)
    found = np.full((len(starts), 2), np.nan)
    for column, sign in enumerate((-1.0, 1.0)):
        share = femur.sample(starts[:, None] + sign * steps[None, :, None] * across)
        outside = share < 0.5
        first = np.argmax(outside, axis=1)
        hit = outside.any(axis=1) & (first > 0)
        rows = np.flatnonzero(hit)
        inner, outer = share[rows, first[rows] - 1], share[rows, first[rows]]
        found[rows, column] = sign * STEP * (first[rows] - 1 + (inner - 0.5) / (inner - outer))
    return found
