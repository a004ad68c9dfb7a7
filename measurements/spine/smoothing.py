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

_OUTLYING: Final = 3.5
_STIFFNESS: Final = (1e-6, 1e3)
"""From following every value to a straight line."""
_GRID: Final = 43
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


def _stiffness(energies: Values, parts: Values) -> float:
    """The stiffness of least cross-validated error: the best of a grid, for there may be several minima, refined."""

    def errors(logarithms: Values) -> Values:
        bent = energies * np.exp(logarithms)[:, None]
        left_out = bent / (1 + bent)
        return np.asarray(np.square(left_out * parts).mean(axis=1) / np.square(left_out.mean(axis=1)))

    def error(logarithm: float) -> float:
        return float(errors(np.array([logarithm]))[0])

    grid = np.log(np.geomspace(_STIFFNESS[0], _STIFFNESS[1], _GRID))
    best = int(np.argmin(errors(grid)))
    around = grid[max(0, best - 1)], grid[min(_GRID - 1, best + 1)]
    refined = minimize_scalar(error, bounds=around, method="bounded").x
    return float(np.exp(min((grid[best], refined), key=error)))


def smooth(values: Values) -> Values:
    """Smooth values along the spine, so that noise does not pass for curvature.

    The largest difference over all pairs of noisy tilts is biased upwards. A cubic smoothing spline, its stiffness
    chosen by generalised cross-validation [1]_, follows values without noise exactly and averages noise away. It is
    computed in the basis of Demmler and Reinsch [2]_ from the bending energy of a natural cubic spline [3]_.

    Parameters
    ----------
    values : Values
        (N,) values in their order along the spine, one apart.

    Returns
    -------
    Values
        (N,) smoothed values in the same unit; fewer than six come back as they are.

    References
    ----------
    .. [1] Craven P, Wahba G. Smoothing noisy data with spline functions. Numer Math 1979;31:377-403.
    .. [2] Demmler A, Reinsch C. Oscillation matrices with spline smoothing. Numer Math 1975;24:375-382.
    .. [3] Green PJ, Silverman BW. Nonparametric regression and generalized linear models. Chapman & Hall 1994, section
       2.1.

    Examples
    --------
    >>> smooth(np.array([30.0, 25.0, 20.0, 15.0, 10.0, 5.0])).round(6)
    array([30., 25., 20., 15., 10.,  5.])
    >>> smooth(np.array([0.0, 9.0]))
    array([0., 9.])
    """
    count = len(values)
    if count < _FEWEST:
        return values
    energies, components = _basis(count)
    parts = components.T @ values
    return np.asarray(components @ (parts / (1 + _stiffness(energies, parts) * energies)))


def smooth_weighted(values: Values, weights: Values, stiffness: float) -> Values:
    """(N,) values smoothed along their order, one apart, by a cubic smoothing spline of this stiffness.

    ``weights`` (N,) say how sure each value is against the others; fewer than six values come back as they are.
    """
    if len(values) < _FEWEST:
        return values
    energies, components = _basis(len(values))
    sure = weights / weights.mean()
    bending = (components * energies) @ components.T
    return np.asarray(np.linalg.solve(np.diag(sure) + stiffness * bending, sure * values))


def smooth_but_outliers(values: Values) -> Values:
    """(N,) values smoothed along their order, but for those that noise cannot explain, which stay as they are.

    A wedged vertebra's end plate stands out from its neighbours': smoothing would take it for noise. A value stays that
    is off by more than 3.5 standard deviations of all that are off (by the median absolute deviation).
    """
    smoothed = smooth(values)
    off = np.abs(values - smoothed)
    return np.where(off > _OUTLYING * 1.4826 * np.median(off), values, smoothed)
