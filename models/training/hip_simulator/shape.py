"""Other people's bones: smooth changes of shape that move surface, solid and landmarks alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.anatomy import FemurAnatomy, principal_direction
from radcaliper.models.training.hip_simulator.meshes import Points

Vector = NDArray[np.float64]


class Change(Protocol):
    """A smooth map of points (N, 3) in millimetres."""

    def __call__(self, points: Points) -> Points:
        """The points moved."""
        ...


def _rise(values: NDArray[np.float32], start: float, end: float) -> NDArray[np.float32]:
    share = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


@dataclass(frozen=True, eq=False)
class Waves:
    """A random displacement of ``amplitude`` mm (standard deviation along each axis) that varies over ``length`` mm."""

    frequencies: NDArray[np.float32]
    phases: NDArray[np.float32]
    strengths: NDArray[np.float32]

    @classmethod
    def sample(cls, rng: np.random.Generator, amplitude: float, length: float) -> Waves:
        """Eight plane waves with random directions."""
        frequencies = rng.normal(size=(8, 3)) / length
        strengths = rng.normal(size=(8, 3)) * amplitude * np.sqrt(2 / 8)
        return cls(*(np.float32(a) for a in (frequencies, rng.uniform(0, 2 * np.pi, 8), strengths)))

    def __call__(self, points: Points) -> Points:
        """The points moved."""
        return np.asarray(points + np.sin(points @ self.frequencies.T + self.phases) @ self.strengths, np.float32)


@dataclass(frozen=True, eq=False)
class FemurBend:
    """Another neck-shaft angle, anteversion, neck length and head, about the axes of one femur (in its own frame)."""

    anatomy: FemurAnatomy
    varus_degrees: float
    version_degrees: float
    neck_stretch: float
    girth: float
    head_growth: float
    head_flattening: float

    @classmethod
    def sample(cls, rng: np.random.Generator, anatomy: FemurAnatomy, arthrosis: float) -> FemurBend:
        """A random femur; ``arthrosis`` from 0 (healthy) to 1 flattens and broadens the head."""
        return cls(
            anatomy,
            varus_degrees=float(np.clip(rng.normal(0, 5), -12, 12)),
            version_degrees=float(rng.normal(0, 5)),
            neck_stretch=float(rng.normal(0, 0.08)),
            girth=float(rng.normal(1, 0.05)),
            head_growth=float(np.clip(rng.normal(0.0, 0.03) + 0.05 * arthrosis, -0.06, 0.1)),
            head_flattening=float(0.16 * arthrosis * rng.random()),
        )

    def _turned(self, points: Points, pivot: Vector, axis: Vector, degrees: NDArray[np.float32]) -> Points:
        offset = points - pivot.astype(np.float32)
        unit = (axis / np.linalg.norm(axis)).astype(np.float32)
        angle = np.radians(degrees)[:, None]
        cross = np.cross(unit, offset)
        along = (offset @ unit)[:, None] * unit
        return np.asarray(
            pivot.astype(np.float32) + offset * np.cos(angle) + cross * np.sin(angle) + along * (1 - np.cos(angle)),
            np.float32,
        )

    def __call__(self, points: Points) -> Points:
        """The points moved."""
        a = self.anatomy
        down = principal_direction(a.shaft, a.shaft[-1] - a.shaft[0])
        towards_head = (a.head - a.neck) / np.linalg.norm(a.head - a.neck)
        middle = a.shaft.mean(axis=0)
        foot = middle + ((points - middle) @ down)[:, None] * down
        base = middle + ((a.neck - middle) @ down) * down  # on the shaft axis, level with the neck
        upwards = np.asarray(-((points - a.lesser_trochanter) @ down), np.float32)
        head_reach = float(-((a.neck - a.lesser_trochanter) @ down))
        moved = foot + (points - foot) * (1 + (self.girth - 1) * (1 - _rise(upwards, -20, 25)))[:, None]
        moved = self._turned(moved, middle, down, self.version_degrees * _rise(upwards, 0, head_reach))
        along = np.asarray((moved - base) @ towards_head, np.float32)
        neck_at = float((a.neck - base) @ towards_head)
        freed = _rise(along, -0.1 * neck_at, 0.9 * neck_at)
        moved = moved + (self.neck_stretch * neck_at * freed)[:, None] * towards_head
        moved = self._turned(moved, base, np.cross(towards_head, down), -self.varus_degrees * freed)
        return self._head_changed(points, np.asarray(moved, np.float32))

    def _head_changed(self, points: Points, moved: Points) -> Points:
        offset = points - self.anatomy.head.astype(np.float32)
        distance = np.linalg.norm(offset, axis=1)
        within = 1 - _rise(distance, 0.9 * self.anatomy.head_radius, 1.6 * self.anatomy.head_radius)
        upper = np.clip(offset[:, 2], 0, None) * within
        grown = moved + self.head_growth * within[:, None] * offset
        grown[:, 2] -= self.head_flattening * upper
        return np.asarray(grown, np.float32)
