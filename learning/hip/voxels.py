"""A bone as a cloud of attenuating points: cortical shell, spongy inside, marrow canal.

A cloud is posed and deformed by moving its points, and projected by adding them up, so nothing is voxelised twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radcaliper.learning.hip.meshes import Mesh, Points

PITCH_MM: Final = 1.0
"""Distance of the points."""
_GRAIN_MM: Final = 1.0


@dataclass(frozen=True)
class Cloud:
    """(N, 3) places in mm, their (N,) depths under the bone's surface in mm, (N,) grain of mean 0 and spread 1."""

    places: Points
    depths: NDArray[np.float32]
    grain: NDArray[np.float32]


def surface_samples(mesh: Mesh, step: float) -> Points:
    """(M, 3) points on the surface, at most ``step`` apart."""
    corners = mesh.vertices[mesh.triangles]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    parts = np.ceil(edges / step).astype(int)
    samples = []
    for count in np.unique(parts):
        first, second = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
        inside = first + second <= count
        weights = np.stack([first[inside], second[inside], count - first[inside] - second[inside]], axis=1) / count
        samples.append((weights @ corners[parts == count]).reshape(-1, 3))
    return np.concatenate(samples)


def cloud_of(mesh: Mesh, bottom: float = -np.inf) -> Cloud:
    """The points inside a closed mesh above ``bottom`` (z in mm), ``PITCH_MM`` apart.

    The surface's voxels, filled slice by slice along z.
    """
    samples = surface_samples(mesh, PITCH_MM / 2)
    cells = np.round(samples[samples[:, 2] > bottom] / PITCH_MM).astype(int)
    origin = cells.min(axis=0) - 1
    grid = np.zeros(cells.max(axis=0) - origin + 2, bool)
    grid[tuple((cells - origin).T)] = True
    shell = grid.copy()
    for level in range(grid.shape[2]):
        grid[:, :, level] = ndimage.binary_fill_holes(grid[:, :, level])
    grid &= ~shell  # the surface runs through the middle of its voxels: with them the bone would be too thick
    depth = np.asarray(ndimage.distance_transform_edt(grid))
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(grid.shape, dtype=np.float32)
    grain = ndimage.gaussian_filter(noise, _GRAIN_MM / PITCH_MM)
    inside = np.nonzero(grid)
    jitter = rng.uniform(-0.5, 0.5, (len(inside[0]), 3))  # a regular grid would show as a pattern on the film
    places = (np.stack(inside, axis=1) + origin + jitter) * PITCH_MM
    depths = ((depth[inside] - 0.5) * PITCH_MM).astype(np.float32)
    return Cloud(places.astype(np.float64), depths, grain[inside] / grain.std())
