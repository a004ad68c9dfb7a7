"""A film with its known masks, as damages take and return it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.arrays import Grey


@dataclass(frozen=True, eq=False)
class FilmWithMasks:
    """A film in [0, 1] and its known masks, all (H, W)."""

    grey: Grey
    masks: dict[str, Mask]

    def with_grey(self, grey: NDArray[np.floating]) -> FilmWithMasks:
        """The same masks with other grey values, clipped to [0, 1]."""
        return replace(self, grey=np.clip(grey, 0, 1).astype(np.float32))
