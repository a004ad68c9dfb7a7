"""Tilts smoothed along the spine, so that noise does not pass for curvature.

The largest difference over all pairs of noisy tilts is biased upwards: it picks the noise. A cubic smoothing spline
along the spine, its stiffness chosen by generalised cross-validation (Craven and Wahba 1979), follows tilts without
noise exactly and averages noise away.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline

_FEWEST: Final = 6
"""Cross-validation needs more values than this to choose anything."""


def smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) values smoothed along their order; fewer than six come back as they are."""
    if len(values) < _FEWEST:
        return values
    order = np.arange(len(values), dtype=float)
    return np.asarray(make_smoothing_spline(order, values)(order))
