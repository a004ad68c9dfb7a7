"""Metal that holds a femur together while it keeps its head: nails, plates, screws along the neck."""

from __future__ import annotations

import numpy as np

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.prosthesis import tapered


def _lag_screws(axes: SpatialFemurAxes, count: int, half: float, rng: np.random.Generator) -> list[Points]:
    """Screws from the outer side through the neck into the head."""
    out = (axes.neck - axes.head) / np.linalg.norm(axes.neck - axes.head)
    across = np.cross(out, [0.0, 1.0, 0.0])
    screws = []
    for _ in range(count):
        shift = float(rng.uniform(-0.35, 0.35)) * axes.radius * across
        tip, end = -rng.uniform(0.1, 0.6) * axes.radius * out, rng.uniform(2.4, 3.2) * axes.radius * out
        screws.append(tapered(axes.head + tip + shift, axes.head + end + shift, half, half))
    return screws


def osteosynthesis(axes: SpatialFemurAxes, rng: np.random.Generator) -> Points:
    """(N, 3) points of metal in the femur's frame: a nail or a plate with a lag screw, or screws alone."""
    radius = axes.radius
    down = (axes.shaft_lower - axes.shaft_upper) / np.linalg.norm(axes.shaft_lower - axes.shaft_upper)
    top = axes.shaft_upper - down * rng.uniform(2.2, 3.2) * radius
    tip = axes.shaft_upper + down * rng.uniform(1.0, 6.0) * radius
    kind = int(rng.integers(3))
    if kind == 0:
        nail = tapered(top, tip, rng.uniform(0.2, 0.3) * radius, rng.uniform(0.17, 0.24) * radius)
        return np.concatenate([nail, *_lag_screws(axes, int(rng.integers(1, 3)), 0.2 * radius, rng)])
    if kind == 1:
        beside = np.array([-rng.uniform(0.6, 0.8) * radius, 0.0, 0.0])
        start = axes.shaft_upper - down * rng.uniform(0.5, 1.5) * radius
        plate = tapered(start + beside, tip + beside, 0.14 * radius, 0.14 * radius)
        levels = np.arange(0.6, np.linalg.norm(tip - start) / radius, 0.7) * radius
        screws = [tapered(p + beside, p - beside, 2.2, 2.2) for p in start + levels[:, None] * down]
        return np.concatenate([plate, *screws, *_lag_screws(axes, 1, 0.24 * radius, rng)])
    return np.concatenate(_lag_screws(axes, int(rng.integers(2, 4)), 3.2, rng))
