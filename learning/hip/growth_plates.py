"""Open growth plates of an adolescent's femur: thin layers without bone at the head's base and the trochanter's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.meshes import Points

_TROCHANTER: Final = np.array([-0.75, 0.0, 0.65])
"""Outwards and upwards: from the neck to the greater trochanter, which has a plate of its own."""


@dataclass(frozen=True)
class GrowthPlates:
    """Lengths in head radii: how far from the head's centre towards the neck, how domed, how thick; how much bone is
    left in the gap (1 = closed), and how much denser it is on both sides."""

    level: float
    dome: float
    thickness: float
    left: float
    rim: float
    trochanter: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> GrowthPlates:
        """From wide open to nearly closed."""
        return cls(
            float(rng.uniform(-0.05, 0.5)),
            float(rng.uniform(0.0, 0.35)),
            float(rng.uniform(0.03, 0.1)),
            float(rng.uniform(0.0, 0.6)),
            float(rng.uniform(0.0, 1.2)),
            float(rng.uniform(1.2, 1.7)),
        )

    def _plate(self, height: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factor of the bone's density at a ``height`` over the plate's middle."""
        gap = np.exp(-np.square(height / self.thickness))
        beside = np.exp(-np.square((np.abs(height) - 2 * self.thickness) / self.thickness))
        return np.asarray((1 - (1 - self.left) * gap) * (1 + self.rim * beside))

    def _under_head(self, places: Points, axes: SpatialFemurAxes) -> NDArray[np.float64]:
        """(N,) heights over the head's plate, in head radii; infinite away from the head."""
        axis = (axes.neck - axes.head) / np.linalg.norm(axes.neck - axes.head)
        off = (places - axes.head) / axes.radius
        along = off @ axis
        across = np.linalg.norm(off - along[:, None] * axis, axis=1)
        near = np.linalg.norm(off, axis=1) < 1.3
        return np.where(near, along - self.level - self.dome * (1 - np.square(across)), np.inf)

    def factors(self, places: Points, axes: SpatialFemurAxes) -> NDArray[np.float64]:
        """(N,) factors of the density at (N, 3) places of a femur in its own frame."""
        from_neck = (places - axes.neck) / axes.radius
        over = np.where(from_neck[:, 0] < 0, from_neck @ _TROCHANTER - self.trochanter, np.inf)
        return self._plate(self._under_head(places, axes)) * self._plate(over)
