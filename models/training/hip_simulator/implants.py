"""Hip replacements: a metal stem with its head in place of the femur's, and a cup in the socket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.anatomy import FemurAnatomy, principal_direction
from radcaliper.models.training.hip_simulator.meshes import Points

Vector = NDArray[np.float64]
GRAIN_MM = 1.0


@dataclass(frozen=True, eq=False)
class Implant:
    """Metal as points (N, 3) of ``GRAIN_MM`` cubed, in the femur's frame, and the bone that the cut leaves."""

    points: Points
    cup: Points
    cut_point: Vector
    cut_normal: Vector

    def keeps(self, points: Points) -> NDArray[np.bool_]:
        """Which bone points (N, 3) lie below the cut through the neck."""
        return np.asarray((points - self.cut_point) @ self.cut_normal < 0)


def _box(low: float, high: float) -> Points:
    ticks = np.arange(low, high, GRAIN_MM)
    return np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)


def _rod(start: Vector, end: Vector, radii: tuple[float, float], rng: np.random.Generator) -> Points:
    """A round rod tapering from one radius to the other, filled at random with one point a grain."""
    length = float(np.linalg.norm(end - start))
    count = int(length * np.pi * np.mean(radii) ** 2 / GRAIN_MM**3)
    along = rng.random(count)
    radius = (radii[0] + (radii[1] - radii[0]) * along) * np.sqrt(rng.random(count))
    angle = rng.uniform(0, 2 * np.pi, count)
    axis = (end - start) / length
    side = np.cross(axis, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    up = np.cross(axis, side)
    spot = start + np.outer(along * length, axis)
    return np.asarray(spot + np.outer(radius * np.cos(angle), side) + np.outer(radius * np.sin(angle), up), np.float32)


def sample_implant(rng: np.random.Generator, anatomy: FemurAnatomy) -> Implant:
    """A total hip, or a hemiarthroplasty with a head as large as the socket and no cup."""
    a, r = anatomy, anatomy.head_radius
    total = rng.random() < 0.7
    head_radius = rng.uniform(11, 18) if total else rng.uniform(0.95, 1.02) * r
    down = principal_direction(a.shaft, a.shaft[-1] - a.shaft[0])
    entry = a.shaft[0] + ((a.neck - a.shaft[0]) @ down + rng.uniform(0.4, 0.9) * r) * down
    tip = a.shaft[0] + down * rng.uniform(0.5, 3.5) * r
    ball = _box(-head_radius, head_radius)
    ball = ball[np.linalg.norm(ball, axis=1) < head_radius]
    stem = [
        ball.astype(np.float32),
        _rod(a.head, entry, (rng.uniform(5, 7), rng.uniform(8, 12)), rng),
        _rod(entry, tip, (rng.uniform(8, 12), rng.uniform(4, 7)), rng),
    ]
    cup = np.zeros((0, 3), np.float32)
    if total:
        shell = _box(-1.3 * r, 1.3 * r)
        distance = np.linalg.norm(shell, axis=1)
        opening = np.array([-0.6, -0.3, -0.75])
        cup = shell[(distance > 1.06 * r) & (distance < 1.2 * r) & (shell @ (opening / np.linalg.norm(opening)) < 0)]
    axis = (a.head - a.neck) / np.linalg.norm(a.head - a.neck)
    return Implant(np.concatenate(stem), cup.astype(np.float32), a.neck - axis * rng.uniform(0, 0.3) * r, axis)
