"""A prosthesis in place of the head: ball, neck and a tapered stem in the shaft, sometimes a cup."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.meshes import Points

METAL_PITCH_MM: Final = 1.5
METAL_AGAINST_BONE: Final = 6.0
"""Attenuation of metal, in that of cortical bone."""


def tapered(a: Points, b: Points, first: float, last: float) -> Points:
    """(N, 3) points in the cone with round ends between two places, with its radii there."""
    reach = max(first, last)
    low, high = np.minimum(a, b) - reach, np.maximum(a, b) + reach
    axes = [np.arange(start, end, METAL_PITCH_MM) for start, end in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    share = np.clip((grid - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    off = np.linalg.norm(grid - a - share[:, None] * (b - a), axis=1)
    return np.asarray(grid[off < first + share * (last - first)])


def prosthesis(axes: SpatialFemurAxes, rng: np.random.Generator) -> Points:
    """(N, 3) points of metal in the femur's frame."""
    radius = axes.radius
    down = (axes.shaft_lower - axes.shaft_upper) / np.linalg.norm(axes.shaft_lower - axes.shaft_upper)
    shoulder = axes.shaft_upper - down * rng.uniform(1.5, 2.0) * radius
    tip = axes.shaft_upper + down * rng.uniform(1.5, 3.5) * radius
    ball = rng.uniform(0.55, 0.95) * radius
    parts = [
        tapered(axes.head, axes.head + 1e-3, ball, ball),
        tapered(axes.head, shoulder, 0.25 * radius, 0.45 * radius),
        tapered(shoulder, tip, rng.uniform(0.4, 0.6) * radius, 0.2 * radius),
    ]
    if rng.random() < 0.6:
        shell = tapered(axes.head, axes.head + 1e-3, ball + 0.3 * radius, ball + 0.3 * radius)
        inwards = shell @ np.array([0.5, 0.0, 0.85]) > 0
        parts.append(shell[inwards & (np.linalg.norm(shell - axes.head, axis=1) > ball + 0.12 * radius)])
    return np.concatenate(parts)


def remaining(places: Points, axes: SpatialFemurAxes) -> NDArray[np.bool_]:
    """(N,) True for places of the femur that stay when its head is cut off through the neck."""
    axis = (axes.head - axes.neck) / np.linalg.norm(axes.head - axes.neck)
    cut = (axes.neck - axes.head) @ axis * 1.15
    return np.asarray(((places - axes.head) @ axis < cut) | (places[:, 2] < axes.lesser_trochanter[2] + axes.radius))
