"""Smooth deformations that make many femora of one: other neck-shaft angles, versions, lengths, arthrosis.

A deformation moves points, so landmarks go with the bone that they lie on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes, fit_sphere
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.rotations import turn

_RARE: Final = 0.35
_ANGLES: Final = (90.0, 160.0)
"""Share of femora whose neck-shaft angle in space is drawn evenly from this range, in degrees."""
_WORN, _COLLAPSED = 0.12, 0.4
"""Most by which the head's top is pressed down, in head radii."""


def _valgus(axes: SpatialFemurAxes, rng: np.random.Generator) -> float:
    """Degrees by which the neck-shaft angle opens: mostly a usual variation, or to one that is seldom seen."""
    if rng.random() < _RARE:
        return float(rng.uniform(*_ANGLES)) - axes.neck_shaft_angle
    return float(rng.normal(0, 6))


@dataclass(frozen=True)
class FemurShape:
    """How a femur differs from the scanned one: angles in degrees, lengths as shares of the head's radius.

    ``valgus`` opens the neck-shaft angle, ``version`` turns the neck forwards, ``neck_length`` moves the head outwards,
    ``size`` stretches along x, y and z. ``flattening`` presses the head's top down; ``bumps`` are (N, 3) displacements
    about (N, 3) ``places``.
    """

    valgus: float
    version: float
    neck_length: float
    size: NDArray[np.float64]
    flattening: float
    places: Points
    bumps: Points

    @classmethod
    def random(cls, axes: SpatialFemurAxes, rng: np.random.Generator, arthrosis: bool) -> FemurShape:
        """A usual variation; with arthrosis, bumps about the joint and a head pressed flat."""
        usual, worn = 8, 6 if arthrosis else 0
        along = np.array([0.0, 0.0, -axes.radius * 8]) * rng.uniform(0, 1, (usual, 1))
        about_shaft = along + axes.shaft_upper * [1, 1, 0] + rng.normal(0, 1.2 * axes.radius, (usual, 3))
        outwards = rng.normal(0, 1, (worn, 3))
        about_head = outwards / np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9) * axes.radius
        return cls(
            _valgus(axes, rng),
            float(rng.normal(0, 7)),
            float(rng.normal(0, 0.12)),
            np.exp(rng.normal(0, 0.025, 3)),
            float(rng.uniform(0, _COLLAPSED if rng.random() < 0.3 else _WORN)) if arthrosis else 0.0,
            np.concatenate([about_shaft, about_head]),
            np.concatenate([rng.normal(0, 0.05, (usual, 3)), 0.12 * rng.uniform(0, 1, (worn, 1)) * outwards]),
        )

    def apply(self, places: Points, axes: SpatialFemurAxes) -> Points:
        """(N, 3) places of the femur with these axes, in its own frame, after the deformation."""
        radius = axes.radius
        moved = places.copy()
        pressed = np.clip(moved[:, 2] / radius, 0, 1) * (np.linalg.norm(moved, axis=1) < 1.2 * radius)
        moved[:, 2] -= self.flattening * radius * np.square(pressed)
        for place, bump in zip(self.places, self.bumps, strict=True):
            apart = np.square(places - place).sum(axis=1) / (2 * np.square(0.5 * radius))
            moved += np.exp(-apart)[:, None] * bump * radius
        root = self._neck_root(axes)
        axis = (axes.head - axes.neck) / np.linalg.norm(axes.head - axes.neck)
        reach = np.linalg.norm(axes.head - root)
        share = np.clip((moved - root) @ axis / (reach - 0.9 * radius), 0, 1)  # all of the head moves as one
        share = share * share * (3 - 2 * share)
        turned = (moved - root) @ turn("yz", -self.valgus, -self.version) + root + self.neck_length * radius * axis
        moved += share[:, None] * (turned - moved)
        return np.asarray(moved * self.size)

    @staticmethod
    def _neck_root(axes: SpatialFemurAxes) -> Points:
        """The place on the shaft's axis a radius below the neck's middle, about which the neck turns."""
        up = axes.shaft_upper - axes.shaft_lower
        return np.asarray(axes.shaft_upper + up * (axes.neck[2] - axes.radius - axes.shaft_upper[2]) / up[2])

    def of_axes(self, axes: SpatialFemurAxes) -> SpatialFemurAxes:
        """The axes after the deformation; the head is the sphere that fits what its outer half has become."""
        neckwards = (axes.neck - axes.head) / np.linalg.norm(axes.neck - axes.head)
        shell = np.random.default_rng(0).normal(0, 1, (400, 3))
        shell /= np.linalg.norm(shell, axis=1, keepdims=True)
        outer = shell[shell @ neckwards < 0.3]
        head, radius = fit_sphere(self.apply(axes.head + axes.radius * outer, axes))
        moved = self.apply(axes.places, axes)
        moved[0] = head
        return SpatialFemurAxes.of_places(moved, radius)
