"""Bones as points of a solid: where they are, how deep under the surface, and how much bone each holds.

A film is the sum of these points along the beam, so a bone may be bent, scaled and turned without voxelising it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radcaliper.models.training.hip_simulator.anatomy import Femur
from radcaliper.models.training.hip_simulator.meshes import Mesh, Points

Values = NDArray[np.float32]
VOXEL_MM: Final = 1.1
FEMUR_KEPT_MM: Final = 285.0
"""Length of femur below the head's centre that is kept; no hip film shows more."""


@dataclass(frozen=True, eq=False)
class Solid:
    """Points (N, 3) filling a bone, each of one voxel.

    ``depth`` (N,) is the distance under the surface in mm; ``cortex`` (N,) the thickness there of dense bone in mm, and
    ``spongiosa`` (N,) the share of bone in the marrow space, 0 to 1, both for a healthy adult.
    """

    points: Points
    depth: Values
    cortex: Values
    spongiosa: Values

    def bone(self, thickness: float, sponginess: float) -> Values:
        """Share of dense bone in each point, 0 to 1, for cortex and spongiosa that much of the healthy adult's."""
        shell = 1 / (1 + np.exp(np.clip((self.depth - self.cortex * thickness) / 0.3, -30, 30)))
        inside = self.spongiosa * sponginess
        return np.asarray(inside + (1 - inside) * shell, np.float32)


def surface_points(mesh: Mesh, distance: float) -> Points:
    """Points (N, 3) that cover every triangle no more than about ``distance`` mm apart."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    edge = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    steps = np.maximum(1, np.ceil(edge / distance)).astype(int)
    covered = []
    for n in np.unique(steps):
        i, j = np.array([(i, j) for i in range(n + 1) for j in range(n + 1 - i)]).T / n
        weights = np.stack([i, j, 1 - i - j], axis=1)
        covered.append(np.einsum("pc,tcx->tpx", weights, corners[steps == n]).reshape(-1, 3))
    return np.concatenate(covered).astype(np.float32)


def filled(mesh: Mesh, voxel: float) -> tuple[Points, Values]:
    """Centres of the voxels inside a closed surface and their depth under it in mm."""
    surface = surface_points(mesh, voxel / 2)
    origin = surface.min(axis=0) - 2 * voxel
    index = np.round((surface - origin) / voxel).astype(int)
    shell = np.zeros(index.max(axis=0) + 3, bool)
    shell[tuple(index.T)] = True
    outside, _ = ndimage.label(~shell)
    inside = outside != outside[0, 0, 0]
    depth = ndimage.distance_transform_edt(inside)
    where = np.argwhere(inside)
    points = (where * voxel + origin).astype(np.float32)
    return points, ((depth[tuple(where.T)] - 0.5) * voxel).astype(np.float32)


def _ramp(values: Values, start: float, end: float) -> Values:
    share = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _distance_to_line(points: Points, start: Values, end: Values) -> Values:
    along = end - start
    share = np.clip((points - start) @ along / (along @ along), 0, 1)
    return np.asarray(np.linalg.norm(points - start - share[:, None] * along, axis=1), np.float32)


def femur_solid(femur: Femur) -> Solid:
    """The proximal femur: thin cortex over the head, calcar, thick shaft; trabeculae from the head to the calcar."""
    points, depth = filled(femur.mesh, VOXEL_MM)
    kept = points[:, 2] > -FEMUR_KEPT_MM
    points, depth = points[kept], depth[kept]
    a, r = femur.anatomy, femur.anatomy.head_radius
    below = np.float32(a.lesser_trochanter[2]) - points[:, 2]
    neck, lesser = a.neck.astype(np.float32), a.lesser_trochanter.astype(np.float32)
    calcar = np.exp(-((_distance_to_line(points, neck * 1.3, lesser) / (0.55 * r)) ** 2))
    cortex = (
        1.3
        + 1.6 * _ramp(below, -1.2 * r, 0)
        + 2.8 * _ramp(below, 0, 2.6 * r)
        + 2.2 * calcar * (points[:, 0] > neck[0] * 2.4)
    )
    top = np.array([0.1 * r, 0, 0.9 * r], np.float32)
    compressive = np.exp(-((_distance_to_line(points, top, neck * np.float32(1.2)) / (0.4 * r)) ** 2))
    in_head = np.linalg.norm(points, axis=1) < 1.1 * r
    spongiosa = 0.13 + 0.07 * in_head + 0.12 * compressive - 0.11 * _ramp(below, -0.6 * r, 1.2 * r)
    return Solid(points, depth, cortex.astype(np.float32), spongiosa.astype(np.float32))


def pelvic_solid(mesh: Mesh, hip_centre: Values | None, head_radius: float) -> Solid:
    """A hip bone, denser under the socket's roof, or a sacrum where ``hip_centre`` is None."""
    points, depth = filled(mesh, VOXEL_MM)
    cortex = np.full(len(points), 1.3, np.float32)
    spongiosa = np.full(len(points), 0.09, np.float32)
    if hip_centre is not None:
        offset = points - hip_centre
        distance = np.linalg.norm(offset, axis=1)
        roof = np.exp(-(((distance - 1.15 * head_radius) / (0.25 * head_radius)) ** 2)) * _ramp(
            offset[:, 2] / distance, 0.2, 0.9
        )
        cortex += (1.6 * roof).astype(np.float32)
        spongiosa += (0.12 * roof).astype(np.float32)
    return Solid(points, depth, cortex, spongiosa)
