"""Tilts smoothed along the spine, so that noise is not taken for curvature.

The largest difference over all pairs of noisy tilts is biased upwards by the noise. A cubic smoothing spline
along the spine, its stiffness chosen by generalised cross-validation (Craven and Wahba 1979), follows tilts without
noise exactly and averages noise. In the basis of Demmler and Reinsch (1975), which depends on the number of values
alone, smoothing shrinks each component. It is fast enough for a corner that is dragged in the viewer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz
from scipy.optimize import minimize_scalar

_FEWEST: Final = 6
"""Fewer values than this are not smoothed: cross-validation could not choose the stiffness."""

Values = NDArray[np.float64]


@lru_cache(maxsize=32)
def _basis(count: int) -> tuple[Values, Values]:
    """(N,) bending energies and the (N, N) components, in columns, that they belong to; the values lie one apart.

    The energy of the natural cubic spline through values is a quadratic form of them (Green and Silverman 1994, 2.1).
    """
    second = np.diff(np.eye(count), n=2, axis=0)
    inner = count - 2
    rigid = toeplitz([2 / 3, 1 / 6, *[0.0] * (inner - 2)])
    energies, components = np.linalg.eigh(second.T @ np.linalg.solve(rigid, second))
    return np.concatenate([[0.0, 0.0], energies[2:]]), components  # a straight line does not bend


def smooth(values: Values) -> Values:
    """(N,) values smoothed along their order; fewer than six come back as they are."""
    count = len(values)
    if count < _FEWEST:
        return values
    energies, components = _basis(count)
    parts = components.T @ values

    def cross_validation(stiffness: float) -> float:
        kept = 1 / (1 + stiffness * energies)
        return float(np.square((1 - kept) * parts).mean() / np.square(1 - kept.mean()))

    stiffness = minimize_scalar(cross_validation, bounds=(0, count), method="bounded").x
    return np.asarray(components @ (parts / (1 + stiffness * energies)))
