"""Where a neck is narrowest as it is seen on a film: the one definition for simulated truth, network and outline."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.geometry import Places

_AS_SHORT: Final = 1.01
"""Lines up to this much longer than the shortest count too, so that a ragged outline does not decide."""


CLEAR_OF_CIRCLE: Final = 1.03
"""Head radii from the head's centre from which an outline may be the neck's."""


def shortest_across(upper: Places, lower: Places) -> tuple[Places, float]:
    """The middle (2,) and the length of the shortest line between a neck's (N, 2) upper and (M, 2) lower outline.

    The middle is the mean over all lines that are about as short. Neither outline may be empty.
    """
    lengths = np.linalg.norm(upper[:, None] - lower[None], axis=2)
    first, second = np.nonzero(lengths <= _AS_SHORT * lengths.min())
    return np.asarray(((upper[first] + lower[second]) / 2).mean(axis=0)), float(lengths.min())
