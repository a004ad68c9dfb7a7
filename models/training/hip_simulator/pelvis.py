"""Pelves with their hip centres: the patient's frame has its origin midway between the heads."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from radcaliper.models.training.hip_simulator.anatomy import Femur
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


def _mirror_image(hip: Mesh, other: Mesh) -> tuple[Vector, Vector]:
    """Rotation (3, 3) and shift (3,) that lay ``hip`` mirrored in x over ``other``, by iterated closest points."""
    source = hip.vertices.astype(np.float64) * MIRROR
    target = other.vertices.astype(np.float64)
    tree = cKDTree(target)
    axes, other_axes = (np.linalg.svd(p - p.mean(axis=0), full_matrices=False)[2] for p in (source, target))
    results = []
    for signs in itertools.product((1, -1), repeat=3):
        rotation = other_axes.T @ np.diag(signs) @ axes
        if np.linalg.det(rotation) < 0:
            continue
        shift = target.mean(axis=0) - rotation @ source.mean(axis=0)
        for _ in range(25):
            moved = source @ rotation.T + shift
            near = target[tree.query(moved)[1]]
            u, _, v = np.linalg.svd((source - source.mean(axis=0)).T @ (near - near.mean(axis=0)))
            rotation = (u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v).T
            shift = near.mean(axis=0) - rotation @ source.mean(axis=0)
        results.append((float(tree.query(source @ rotation.T + shift)[0].mean()), rotation, shift))
    _, rotation, shift = min(results, key=lambda result: result[0])
    return rotation, shift


def _moved(mesh: Mesh, axes: Vector, origin: Vector) -> Mesh:
    return mesh.moved((mesh.vertices - origin) @ axes.T)


def describe_pelvis(scan: PelvisScan, heads: dict[Side, tuple[Vector, float]]) -> Pelvis:
    """The pelvis in the patient's frame, from the head centres and radii that its scan shows, of one side or both.

    Where a femur was not scanned, the socket's centre is found by laying the other hip bone's mirror image over it.
    """
    radius = float(np.mean([r for _, r in heads.values()]))
    centres = {side: centre for side, (centre, _) in heads.items()}
    for side, other in (SIDES, SIDES[::-1]):
        if side not in centres:
            rotation, shift = _mirror_image(scan.hips[other], scan.hips[side])
            centres[side] = (rotation @ (centres[other] * MIRROR) + shift).astype(np.float32)
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
