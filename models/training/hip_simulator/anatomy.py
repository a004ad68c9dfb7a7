"""Landmarks of a right femur from its surface, and the frame they define.

The frame has its origin in the head's centre, z up along the mechanical axis (from the middle of the condyles to the
head's centre), x to the patient's left (medial) along the posterior condylar line, y to the back. In it the femur has
neither rotation nor abduction.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.meshes import FemurScan, Mesh, Points

SHAFT_LEVELS: Final = np.linspace(1.0, 4.0, 13)
"""Levels at which the shaft's centre is taken, in head radii below the lesser trochanter."""
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FemurAnatomy:
    """Landmarks (3,) of a femur, in millimetres.

    ``neck`` is the centroid of the neck's narrowest section; ``shaft`` (13, 3) are centres of the shaft from above to below.
    """

    head: Vector
    head_radius: float
    neck: Vector
    lesser_trochanter: Vector
    greater_trochanter: Vector
    shaft: Vector

    @property
    def points(self) -> Points:
        """All landmarks as rows: head, neck, lesser and greater trochanter, then the shaft."""
        single = np.stack([self.head, self.neck, self.lesser_trochanter, self.greater_trochanter])
        return np.concatenate([single, self.shaft]).astype(np.float32)

    def moved(self, points: Points, head_radius: float) -> FemurAnatomy:
        """The same landmarks elsewhere, in the order of ``points``."""
        p = points.astype(np.float64)
        return FemurAnatomy(p[0], head_radius, p[1], p[2], p[3], p[4:])

    @property
    def neck_shaft_angle(self) -> float:
        """Angle in degrees between the neck axis and the shaft axis in space."""
        return angle_between(self.head - self.neck, principal_direction(self.shaft, self.shaft[-1] - self.shaft[0]))


@dataclass(frozen=True, eq=False)
class Femur:
    """A right femur in its own frame."""

    subject: str
    name: str
    mesh: Mesh
    anatomy: FemurAnatomy

    @property
    def neck_triangles(self) -> NDArray[np.int32]:
        """Triangles (M, 3) of head and neck alone, without the trochanters, which may overlap the neck on a film."""
        a, vertices = self.anatomy, self.mesh.vertices
        axis = (a.neck - a.head) / np.linalg.norm(a.neck - a.head)
        offset = vertices - a.head
        along = offset @ axis
        aside = np.linalg.norm(offset - along[:, None] * axis, axis=1)
        part = (along < 1.75 * a.head_radius) & (aside < 1.15 * a.head_radius)
        return np.asarray(self.mesh.triangles[part[self.mesh.triangles].all(axis=1)])


def angle_between(a: Vector, b: Vector) -> float:
    """Angle between two vectors in degrees, 0 to 180."""
    cosine = np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def principal_direction(points: Vector, along: Vector) -> Vector:
    """Unit direction of the line through points (N, d) by least squares, turned to agree with ``along``."""
    direction = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    return np.asarray(direction * (1 if np.dot(direction, along) >= 0 else -1))


def fit_sphere(points: Vector) -> tuple[Vector, float]:
    """Centre and radius of the least-squares sphere through points (N, 3), by the linear form of its equation."""
    origin = points.mean(axis=0)
    p = points - origin
    design = np.column_stack([2 * p, np.ones(len(p))])
    solution = np.linalg.lstsq(design, (p**2).sum(axis=1), rcond=None)[0]
    return solution[:3] + origin, float(np.sqrt(solution[3] + (solution[:3] ** 2).sum()))


def grown_sphere(points: Vector, centre: Vector, radius: float, tolerance: float) -> tuple[Vector, float]:
    """The sphere fitted again and again to the points near its surface, at last within ``tolerance`` mm of it."""
    for width in np.geomspace(4 * tolerance, tolerance, 25):
        near = np.abs(np.linalg.norm(points - centre, axis=1) - radius) < width
        if near.sum() < 20:
            raise ValueError("no sphere there")
        centre, radius = fit_sphere(points[near])
    return centre, radius


def section(mesh: Mesh, origin: Vector, normal: Vector, reach: float) -> Vector:
    """Segments (n, 2, 3) of the mesh's planar section through ``origin``.

    Only those within ``reach`` mm of the origin count, so that another part of the bone in the same plane does not.
    """
    vertices = mesh.vertices.astype(np.float64)
    height = (vertices - origin) @ normal
    ends = mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]]
    h = height[ends]
    crossing = (h[..., 0] > 0) != (h[..., 1] > 0)
    cut = crossing.sum(axis=1) == 2
    pairs, hp = ends[cut][crossing[cut]], h[cut][crossing[cut]]
    share = hp[:, :1] / (hp[:, :1] - hp[:, 1:])
    segments = (vertices[pairs[:, 0]] * (1 - share) + vertices[pairs[:, 1]] * share).reshape(-1, 2, 3)
    segments = segments[(np.linalg.norm(segments - origin, axis=2) < reach).all(axis=1)]
    if len(segments) < 8:
        raise ValueError("the plane does not cut the bone there")
    return np.asarray(segments)


def section_centre(segments: Vector) -> tuple[Vector, float]:
    """Centroid (3,) and area of a section that is star-shaped around its middle."""
    middle = segments.mean(axis=(0, 1))
    a, b = segments[:, 0] - middle, segments[:, 1] - middle
    area = np.linalg.norm(np.cross(a, b), axis=1) / 2
    return middle + ((a + b) / 3 * area[:, None]).sum(axis=0) / area.sum(), float(area.sum())


def _rotated(mesh: Mesh, axes: Vector, origin: Vector) -> Mesh:
    return mesh.moved(((mesh.vertices - origin) @ axes.T).astype(np.float32))


def _frame(z: Vector, x: Vector) -> Vector:
    z = z / np.linalg.norm(z)
    x = x - np.dot(x, z) * z
    x = x / np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def _upright(mesh: Mesh) -> list[Mesh]:
    """The bone with its shaft along z through the origin and what may be the head to the left: either end up."""
    vertices = mesh.vertices.astype(np.float64)
    centre = vertices.mean(axis=0)
    z = np.linalg.svd(vertices - centre, full_matrices=False)[2][0]
    along = (vertices - centre) @ z
    shaft = vertices[np.abs(along) < 0.15 * np.ptp(along)]
    z = principal_direction(shaft, z)
    offsets = (vertices - shaft.mean(axis=0)) - ((vertices - shaft.mean(axis=0)) @ z)[:, None] * z
    along = (vertices - shaft.mean(axis=0)) @ z
    return [
        _rotated(
            mesh, _frame(z * up, offsets[up * along > np.quantile(up * along, 0.96)].mean(axis=0)), shaft.mean(axis=0)
        )
        for up in (1, -1)
    ]


def _head(mesh: Mesh) -> tuple[Vector, float, int]:
    """Centre and radius of the sphere that most of the upper, medial surface lies on, and how many vertices do."""
    vertices = mesh.vertices.astype(np.float64)
    upper = vertices[vertices[:, 2] > vertices[:, 2].max() - 90]
    fits = []
    for direction in ((1, 0, 1), (1, 0, 0.3), (1, 0, 2), (1, -1, 1), (1, 1, 1)):
        tip = upper[np.argmax(upper @ np.array(direction))]
        for reach in (15, 25):
            cap = upper[np.linalg.norm(upper - tip, axis=1) < reach]
            with contextlib.suppress(ValueError, np.linalg.LinAlgError):
                centre, radius = grown_sphere(upper, *fit_sphere(cap), 1.0)
                on_it = int((np.abs(np.linalg.norm(upper - centre, axis=1) - radius) < 1.0).sum())
                fits.append((centre, radius, on_it if 17 < radius < 33 else 0))
    if not fits:
        raise ValueError("no femoral head found")
    return max(fits, key=lambda fit: fit[2])


def _condyles(mesh: Mesh, x: Vector, y: Vector, z: Vector) -> tuple[Vector, Vector]:
    """Hindmost points of the lateral and the medial condyle along the directions given."""
    vertices = mesh.vertices.astype(np.float64)
    distal = vertices[vertices @ z < (vertices @ z).min() + 45]
    across = distal @ x
    middle = (across.min() + across.max()) / 2
    lateral, medial = distal[across < middle - 8], distal[across > middle + 8]
    return lateral[np.argmax(lateral @ y)], medial[np.argmax(medial @ y)]


def in_femur_frame(mesh: Mesh) -> tuple[Mesh, float]:
    """A right femur's mesh in its own frame, and the head's radius."""
    mesh = max(_upright(mesh), key=lambda upright: _head(upright)[2])
    for _ in range(4):
        head, radius, _ = _head(mesh)
        vertices = mesh.vertices.astype(np.float64)
        axes = np.eye(3)
        lateral, medial = _condyles(mesh, *axes)
        bottom = vertices[vertices[:, 2] < vertices[:, 2].min() + 20]
        knee = (bottom.min(axis=0) + bottom.max(axis=0)) / 2
        mesh = _rotated(mesh, _frame(head - knee, medial - lateral), head)
    return mesh, radius


def _neck(mesh: Mesh, radius: float) -> Vector:
    """Centroid of the narrowest section of the neck across its own axis."""
    axis = np.array([-0.75, 0.2, -0.62])
    for _ in range(8):
        axis = axis / np.linalg.norm(axis)
        steps = np.arange(0.75, 1.55, 0.03) * radius
        sections = [section_centre(section(mesh, axis * step, axis, 1.6 * radius)) for step in steps]
        centre, _ = min(sections, key=lambda found: found[1])
        axis = 0.5 * axis + 0.5 * centre / np.linalg.norm(centre)
    return centre


def _shaft_line(mesh: Mesh, top: float, bottom: float) -> tuple[Vector, Vector]:
    levels = np.linspace(top, bottom, 9)
    vertices = mesh.vertices
    starts = [vertices[np.abs(vertices[:, 2] - level) < 4].mean(axis=0).astype(np.float64) for level in levels]
    centres = np.stack([section_centre(section(mesh, start, np.array([0.0, 0.0, 1.0]), 60))[0] for start in starts])
    return centres.mean(axis=0), principal_direction(centres, np.array([0.0, 0.0, -1.0]))


def _lesser_trochanter(mesh: Mesh, radius: float) -> Vector:
    """The vertex that stands out most, backwards and inwards, from the shaft continued upwards."""
    origin, down = _shaft_line(mesh, -5 * radius, -8 * radius)
    vertices = mesh.vertices.astype(np.float64)
    below = vertices[(vertices[:, 2] < -1.5 * radius) & (vertices[:, 2] > -3.7 * radius)]
    outwards = np.array([0.55, 0.83, 0.0])
    foot = origin + ((below - origin) @ down)[:, None] * down
    prominence = (below - foot) @ outwards
    # the flare towards the neck rises steadily upwards; the trochanter stands out from it
    level = (below @ down - (below @ down).min()) / radius
    return np.asarray(below[np.argmax(prominence + 4.0 * level)])


def describe(scan: FemurScan) -> Femur:
    """The femur in its own frame, with its landmarks."""
    mesh, radius = in_femur_frame(scan.mesh)
    lesser = _lesser_trochanter(mesh, radius)
    vertices = mesh.vertices.astype(np.float64)
    lateral = vertices[(vertices[:, 0] < -1.6 * radius) & (vertices[:, 2] > -2.5 * radius)]
    greater = lateral[np.argmax(lateral[:, 2])]
    origin, down = _shaft_line(mesh, float(lesser[2]) - radius, float(lesser[2]) - 4 * radius)
    starts = [origin + down * ((lesser - origin) @ down + level * radius) for level in SHAFT_LEVELS]
    shaft = np.stack([section_centre(section(mesh, start, down, 50))[0] for start in starts])
    anatomy = FemurAnatomy(np.zeros(3), radius, _neck(mesh, radius), lesser, greater, shaft)
    return Femur(scan.subject, scan.name, mesh, anatomy)


def scaled(femur: Femur, factor: float) -> Femur:
    """The femur made larger or smaller about its head's centre."""
    anatomy = femur.anatomy.moved(femur.anatomy.points * np.float32(factor), femur.anatomy.head_radius * factor)
    return replace(femur, mesh=femur.mesh.moved(femur.mesh.vertices * np.float32(factor)), anatomy=anatomy)
