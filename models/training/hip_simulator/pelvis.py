"""Pelves with their hip centres: the patient's frame has its origin midway between the heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.anatomy import Femur, grown_sphere
from radcaliper.models.training.hip_simulator.meshes import MIRROR, SIDES, FemurScan, Mesh, PelvisScan, Side
from radcaliper.models.training.hip_simulator.solid import Solid, pelvic_solid

Vector = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pelvis:
    """Hip bones and sacrum as solids, with the hip centres by side, in the patient's frame."""

    subject: str
    hips: dict[Side, Solid]
    sacrum: Solid
    centres: dict[Side, Vector]
    head_radius: float


def _socket(hip: Mesh, guess: Vector, head_radius: float) -> Vector:
    """Centre of the sphere along the socket, from a guess of it."""
    vertices = hip.vertices.astype(np.float64)
    centre, _ = grown_sphere(vertices, guess.astype(np.float64), head_radius + 3, 1.5)
    return centre.astype(np.float32)


def _moved(mesh: Mesh, axes: Vector, origin: Vector) -> Mesh:
    return mesh.moved((mesh.vertices - origin) @ axes.T)


def describe_pelvis(scan: PelvisScan, heads: dict[Side, tuple[Vector, float]]) -> Pelvis:
    """The pelvis in the patient's frame, from the head centres and radii that its scan shows, of one side or both.

    Where a femur was not scanned, the socket's centre is found from the mirror image of the other.
    """
    middle = scan.sacrum.vertices.mean(axis=0)[0]
    radius = float(np.mean([r for _, r in heads.values()]))
    centres = {side: centre for side, (centre, _) in heads.items()}
    for side, other in (SIDES, SIDES[::-1]):
        if side not in centres:
            guess = (centres[other] - [middle, 0, 0]) * MIRROR + [middle, 0, 0]
            centres[side] = _socket(scan.hips[side], guess.astype(np.float32), radius)
    x = centres["left"] - centres["right"]
    x = x / np.linalg.norm(x)
    y = np.array([0, 1, 0], np.float32) - x[1] * x
    y = y / np.linalg.norm(y)
    axes, origin = np.stack([x, y, np.cross(x, y)]), (centres["left"] + centres["right"]) / 2
    centres = {side: ((centre - origin) @ axes.T).astype(np.float32) for side, centre in centres.items()}
    hips = {side: pelvic_solid(_moved(scan.hips[side], axes, origin), centres[side], radius) for side in SIDES}
    return Pelvis(scan.subject, hips, pelvic_solid(_moved(scan.sacrum, axes, origin), None, radius), centres, radius)


def scanned_head(scan: FemurScan, femur: Femur) -> tuple[Vector, float]:
    """Centre and radius of a femur's head in its scanner's coordinates."""
    vertices = scan.mesh.vertices.astype(np.float64)
    own = femur.mesh.vertices.astype(np.float64)
    # the frames differ by a rigid motion: its rotation by least squares over the vertices (Kabsch)
    mean, own_mean = vertices.mean(axis=0), own.mean(axis=0)
    u, _, v = np.linalg.svd((own - own_mean).T @ (vertices - mean))
    centre = mean - own_mean @ (u @ v)
    return (centre * (MIRROR if scan.side == "left" else 1)).astype(np.float32), femur.anatomy.head_radius
