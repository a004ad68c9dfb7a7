"""Displaced fractures of neck, trochanters and upper shaft: a plane cut, the lower piece moved."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.rotations import Turn, turn


@dataclass(frozen=True)
class Fracture:
    """A plane through ``place`` with unit ``normal`` towards the piece that moves, and how it moves about ``place``."""

    place: Points
    normal: Points
    turned: Turn
    shift: Points

    @classmethod
    def random(cls, axes: SpatialFemurAxes, rng: np.random.Generator) -> Fracture:
        """Through the neck, between the trochanters or below them; displaced so that it is seen."""
        neckwards = (axes.neck - axes.head) / np.linalg.norm(axes.neck - axes.head)
        below = axes.lesser_trochanter * [0, 0, 1] + axes.shaft_upper * [1, 1, 0]
        place, normal = (
            (axes.head + rng.uniform(0.75, 1.3) * (axes.neck - axes.head), neckwards),
            (axes.neck + 0.7 * axes.radius * neckwards, np.array([-0.5, 0.0, -0.85])),
            (below - [0, 0, rng.uniform(0.4, 1.2) * axes.radius], np.array([0.0, 0.0, -1.0])),
        )[rng.integers(3)]
        normal = normal + rng.normal(0, 0.15, 3)
        tilt = float(rng.choice([-1, 1], p=[0.3, 0.7]) * rng.uniform(12, 40))
        turned = turn("yz", tilt, float(rng.normal(0, 25)))
        shift = rng.normal((-0.1, 0.0, 0.35), (0.25, 0.3, 0.3)) * axes.radius
        return cls(place, normal / np.linalg.norm(normal), turned, shift)

    def _moved(self, places: Points) -> NDArray[np.bool_]:
        return np.asarray((places - self.place) @ self.normal > 0)

    def apply(self, places: Points) -> Points:
        """(N, 3) places after the displacement."""
        displaced = (places - self.place) @ self.turned + self.place + self.shift
        return np.where(self._moved(places)[:, None], displaced, places)

    def of_axes(self, axes: SpatialFemurAxes) -> SpatialFemurAxes:
        """The axes with the shaft where it is now; head and neck stay."""
        upper, lower, tip = self.apply(np.stack([axes.shaft_upper, axes.shaft_lower, axes.lesser_trochanter]))
        return replace(axes, shaft_upper=upper, shaft_lower=lower, lesser_trochanter=tip)
