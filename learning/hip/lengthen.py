"""A femur that the scan ends within goes on below: its lowest slab again and again."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points

_CAP_MM: Final = 14.0
"""Above the cut, where the closed mesh has cortex that the bone has not."""
_SLAB_MM: Final = 6.0


def lengthened(places: Points, bottom: float) -> tuple[Points, NDArray[np.intp]]:
    """(M, 3) places of a femur in its own frame down to ``bottom`` (z in mm), and which of the (N, 3) each copies."""
    start = float(places[:, 2].min()) + _CAP_MM
    own = np.flatnonzero(places[:, 2] >= start)
    slab = np.flatnonzero((places[:, 2] >= start) & (places[:, 2] < start + _SLAB_MM))
    copies = max(0, int(np.ceil((start - bottom) / _SLAB_MM)))
    down = np.repeat(np.arange(1, copies + 1) * _SLAB_MM, len(slab))
    index = np.concatenate([own, np.tile(slab, copies)])
    longer = places[index].copy()
    longer[len(own) :, 2] -= down
    return longer, index
