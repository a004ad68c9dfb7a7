"""How strongly each point of a bone attenuates, beyond the soft tissue that it displaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.voxels import PITCH_MM, Cloud

Weights = NDArray[np.float64]

_LEVELS: Final = (-8.0, -3.6, -2.4, -1.4, 0.0)
"""Heights of a femur, in radii of its head above the head's centre."""
_CORTEX_MM: Final = (7.0, 6.0, 3.6, 2.2, 1.2)
_SPONGE: Final = (0.0, 0.03, 0.15, 0.24, 0.36)
"""Thickness of the cortex, and attenuation of what it holds against that of cortex, at these heights."""
_PELVIS_CORTEX_MM: Final = 1.3
_PELVIS_SPONGE: Final = 0.2
_ACETABULUM: Final = (1.15, 0.25)
"""How far the bone about the joint lies from the head's centre, and how thick it is, in head radii."""
_HEAD_TOP: Final = (0.7, 0.5)
"""The same of the loaded top of the head: its height above the centre, and its reach."""


@dataclass(frozen=True)
class BoneMatter:
    """One patient's bone: factors of the cortex's thickness and the sponge's density, and how coarse its grain is.

    ``pelvis`` is the pelvis's density against the femur's; ``sclerosis`` how much denser the bone at the joint is.
    """

    cortex: float
    sponge: float
    grain: float
    pelvis: float
    sclerosis: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> BoneMatter:
        """From osteoporosis to dense."""
        return cls(
            float(rng.uniform(0.6, 1.3)),
            float(rng.uniform(0.5, 1.4)),
            float(rng.uniform(0.2, 0.8)),
            float(rng.uniform(0.7, 1.6)),
            float(rng.uniform(0, 1.5)) if rng.random() < 0.5 else 0.0,
        )

    def _weights(self, cloud: Cloud, cortex: NDArray[np.float64], sponge: NDArray[np.float64]) -> Weights:
        shell = 1 / (1 + np.exp((cloud.depths - self.cortex * cortex) / 0.35))
        spongy = self.sponge * sponge * np.exp(self.grain * cloud.grain - self.grain**2 / 2)
        return np.asarray((shell + (1 - shell) * spongy) * PITCH_MM**3)

    def of_femur(self, cloud: Cloud, radius: float) -> Weights:
        """(N,) masses whose projection is a length of cortical bone in mm."""
        height = cloud.places[:, 2] / radius
        off = np.linalg.norm(cloud.places - [0, 0, _HEAD_TOP[0] * radius], axis=1) / radius
        denser = 1 + 0.6 * self.sclerosis * np.exp(-np.square(off / _HEAD_TOP[1]))
        sponge = np.interp(height, _LEVELS, _SPONGE) * denser
        return self._weights(cloud, np.interp(height, _LEVELS, _CORTEX_MM), sponge)

    def of_pelvis(self, cloud: Cloud, joints: Points, radius: float) -> Weights:
        """(N,) masses whose projection is a length of cortical bone in mm; the hip joints lie at (2, 3)."""
        off = np.min([np.linalg.norm(cloud.places - joint, axis=1) for joint in joints], axis=0) / radius
        denser = 1 + self.sclerosis * np.exp(-np.square((off - _ACETABULUM[0]) / _ACETABULUM[1]))
        sponge = self.pelvis * _PELVIS_SPONGE * denser
        return self._weights(cloud, np.array(_PELVIS_CORTEX_MM), sponge)
