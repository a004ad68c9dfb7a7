"""One simulated film: what lies in the beam, layer by layer, and the truth about both femora."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.ccd.neck import find_neck
from radcaliper.measurements.ccd.upright import upright
from radcaliper.measurements.types import Grid, Point
from radcaliper.models.training.hip_simulator.anatomy import Femur, angle_between, fit_sphere, principal_direction
from radcaliper.models.training.hip_simulator.implants import GRAIN_MM, Implant, sample_implant
from radcaliper.models.training.hip_simulator.library import Library
from radcaliper.models.training.hip_simulator.meshes import MIRROR, SIDES, Mesh, Points, Side
from radcaliper.models.training.hip_simulator.pelvis import Pelvis
from radcaliper.models.training.hip_simulator.pose import HipPose, Pose, turned
from radcaliper.models.training.hip_simulator.projection import Camera, Image, Mask
from radcaliper.models.training.hip_simulator.shape import FemurBend, Waves
from radcaliper.models.training.hip_simulator.soft_tissue import Body, soft_thickness
from radcaliper.models.training.hip_simulator.solid import VOXEL_MM

Vector = NDArray[np.float32]
Place = NDArray[np.float64]
LEAST_SHAFT: Final = 1.0
"""Shaft needed below the tip of the lesser trochanter, in head radii: half of one below its lower end."""
PROSTHESIS_SHARE: Final = 0.08
ARTHROSIS_SHARE: Final = 0.35


@dataclass(frozen=True)
class HipTruth:
    """One femur on the film: (row, col) in pixels, lengths in pixels, angles in degrees.

    ``head`` is the centre of the head's sphere, ``neck`` the middle of the narrowest part of head and neck projected
    without the trochanters, ``neck_section`` the centre of the narrowest section in space. ``shaft_upper`` and ``shaft_lower`` span the line through the projected centres of the shaft from one to four head
    radii below the lesser trochanter, whether the film shows them or not. ``rotation`` is the turn of the neck out of
    the film's plane. ``visible_shaft`` is the length of shaft on the film below the lesser trochanter's tip, in head radii.
    """

    head: tuple[float, float]
    head_radius: float
    neck: tuple[float, float]
    neck_section: tuple[float, float]
    lesser_trochanter: tuple[float, float]
    greater_trochanter: tuple[float, float]
    shaft_upper: tuple[float, float]
    shaft_lower: tuple[float, float]
    angle: float
    rotation: float
    visible_shaft: float
    head_seen: bool
    prosthesis: bool

    @property
    def measurable(self) -> bool:
        """Whether an honest reader would measure this side."""
        return self.head_seen and not self.prosthesis and self.visible_shaft >= LEAST_SHAFT


@dataclass(frozen=True, eq=False)
class Layers:
    """What lies in the beam, in millimetres (H, W): dense bone of both femora and of the pelvis, soft tissue, metal."""

    femora: Image
    pelvis: Image
    soft: Image
    metal: Image
    pixel_mm: float
    crotch: tuple[float, float]
    """Where the thighs part, (row, col)."""


@dataclass(frozen=True, eq=False)
class Film:
    """Layers, the silhouette of each femur, and the truth by side."""

    layers: Layers
    masks: dict[Side, Mask]
    truth: dict[Side, HipTruth]
    subject: str


@dataclass(frozen=True, eq=False)
class _Placed:
    """A femur where it lies in the patient."""

    points: Points
    volume: Vector
    surface: Mesh
    neck: Mesh
    landmarks: Points
    head_radius: float
    metal: Points
    cup: Points
    implant: Implant | None


def _sample_camera(rng: np.random.Generator, centres: Mapping[Side, Vector], longest: int) -> Camera:
    """A pelvis film, or a film of one hip."""
    distance, detector_y = rng.uniform(1000, 1250), rng.uniform(110, 220)
    if rng.random() < 0.7:
        across, down = rng.uniform(330, 450), rng.uniform(290, 450)
        x, z = rng.normal(0, 10), down * rng.uniform(-0.22, 0.12)
    else:
        across, down = rng.uniform(190, 280), rng.uniform(240, 380)
        side = SIDES[rng.integers(2)]
        x, z = centres[side][0] * rng.uniform(0.85, 1.25), down * rng.uniform(-0.3, 0.05)
    pixel = max(across, down) / longest
    shape = (round(down / pixel), round(across / pixel))
    source = (x + rng.normal(0, 20), detector_y - distance, z + rng.normal(0, 25))
    return Camera(source, detector_y, (x, z), pixel, shape)


def _head_circle(femur: Femur, change: FemurBend, waves: Waves) -> tuple[Vector, float]:
    """The sphere through the changed surface of the head."""
    a, vertices = femur.anatomy, femur.mesh.vertices
    distance = np.linalg.norm(vertices, axis=1)
    away_from_neck = vertices @ (a.neck / np.linalg.norm(a.neck)) < 0.45 * a.head_radius
    surface = vertices[(np.abs(distance - a.head_radius) < 1.0) & away_from_neck]
    centre, radius = fit_sphere(waves(change(surface)).astype(np.float64))
    return centre.astype(np.float32), radius


def _place(
    rng: np.random.Generator, library: Library, femur: Femur, hip: tuple[Side, HipPose, Vector], arthrosis: float
) -> _Placed:
    side, pose, socket = hip
    bend, waves = FemurBend.sample(rng, femur.anatomy, arthrosis), Waves.sample(rng, 0.7, 25)
    centre, radius = _head_circle(femur, bend, waves)
    matrix, mirror = pose.matrix(), MIRROR if side == "left" else np.ones(3, np.float32)
    gap = np.array([0, 0, 1], np.float32) * arthrosis * rng.uniform(0, 2.5)

    def placed(points: Points) -> Points:
        return np.asarray(turned(points - centre, matrix, np.zeros(3, np.float32)) * mirror + socket + gap, np.float32)

    solid = library.solid(femur)
    implant = sample_implant(rng, femur.anatomy) if rng.random() < PROSTHESIS_SHARE else None
    kept = slice(None) if implant is None else implant.keeps(solid.points)
    bone = solid.bone(rng.uniform(0.6, 1.25), rng.uniform(0.5, 1.4)) * np.float32(VOXEL_MM**3)
    jitter = rng.uniform(-0.5, 0.5, solid.points.shape).astype(np.float32) * VOXEL_MM
    shape = lambda points: waves(bend(points))
    landmarks = np.concatenate([centre[None], shape(femur.anatomy.points[1:])])
    surface = femur.mesh.moved(placed(shape(femur.mesh.vertices)))
    nothing = np.zeros((0, 3), np.float32)
    return _Placed(
        placed(shape((solid.points + jitter)[kept])),
        bone[kept],
        surface,
        Mesh(surface.vertices, femur.neck_triangles),
        placed(landmarks),
        radius,
        nothing if implant is None else placed(shape(implant.points)),
        nothing if implant is None else placed(shape(implant.cup)),
        implant,
    )


def _projected_neck(neck: Mesh, side: Side, camera: Camera, head: Place, radius: float, down: Place) -> Place:
    """The middle of the narrowest part of head and neck projected without the trochanters."""
    reach = round(4 * radius)
    part = upright(camera.around(head, reach).silhouette(neck), side, Grid())
    at_head = part.place(Point(reach, reach))
    outward = -1 if side == "left" else 1
    found = find_neck(part, at_head, radius * part.scale[0], np.array([outward * down[1], down[0]]))
    return np.asarray(part.point(found.centre), float) - reach + head


def _truth(placed: _Placed, side: Side, camera: Camera) -> HipTruth:
    spot = camera.project(placed.landmarks).astype(np.float64)
    head, section, lesser, greater, shaft = spot[0], spot[1], spot[2], spot[3], spot[4:]
    radius = float(placed.head_radius * camera.magnification(placed.landmarks[:1])[0] / camera.pixel_mm)
    down = principal_direction(shaft, shaft[-1] - shaft[0])
    middle = shaft.mean(axis=0)
    neck = _projected_neck(placed.neck, side, camera, head, radius, down)
    ends = [middle + ((end - middle) @ down) * down for end in (shaft[0], shaft[-1])]
    axis = placed.landmarks[0] - placed.landmarks[1]
    height, width = camera.shape
    levels = middle + np.arange(-6, 8, 0.05)[:, None] * radius * down
    levels = levels[(levels - lesser) @ down > 0]
    inside = ((levels > 0) & (levels < [height - 1, width - 1])).all(axis=1)
    cut = len(levels) if inside.all() else int(np.argmin(inside))
    seen = (head - radius > 0).all() and (head + radius < [height - 1, width - 1]).all()
    places = [(float(p[0]), float(p[1])) for p in (head, neck, section, lesser, greater, *ends)]
    return HipTruth(
        head=places[0],
        head_radius=radius,
        neck=places[1],
        neck_section=places[2],
        lesser_trochanter=places[3],
        greater_trochanter=places[4],
        shaft_upper=places[5],
        shaft_lower=places[6],
        angle=angle_between(head - neck, down),
        rotation=float(np.degrees(np.arcsin(abs(axis[1]) / np.linalg.norm(axis)))),
        visible_shaft=0.05 * cut,
        head_seen=bool(seen),
        prosthesis=placed.implant is not None,
    )


def _mask(placed: _Placed, camera: Camera, bone: Image, metal: Image) -> Mask:
    if placed.implant is None:
        return camera.silhouette(placed.surface)
    return np.asarray((bone > 1.0) | (metal > 0.5))


def _pelvis_layer(rng: np.random.Generator, pelvis: Pelvis, matrix: Vector, camera: Camera) -> Image:
    thickness, sponginess = rng.uniform(0.7, 1.3), rng.uniform(0.5, 1.5)
    waves = Waves.sample(rng, 0.8, 35)
    total = np.zeros(camera.shape, np.float32)
    for solid in (*pelvis.hips.values(), pelvis.sacrum):
        jitter = rng.uniform(-0.5, 0.5, solid.points.shape).astype(np.float32) * VOXEL_MM
        points = turned(waves(solid.points + jitter), matrix, np.zeros(3, np.float32))
        total += camera.thickness(points, solid.bone(thickness, sponginess) * np.float32(VOXEL_MM**3))
    return total


def simulate(library: Library, rng: np.random.Generator, longest: int = 320) -> Film:
    """A random patient of the library in a random pose on a film whose longest side is ``longest`` pixels."""
    pelvis, femora = library.patient(rng)
    pose, body = Pose.sample(rng), Body.sample(rng)
    matrix = pose.pelvis_matrix()
    centres = {side: np.asarray(matrix @ pelvis.centres[side], np.float32) for side in SIDES}
    camera = _sample_camera(rng, centres, longest)
    masks, truth, bone, metal, downs = {}, {}, [], [], {}
    for side in SIDES:
        arthrosis = rng.random() if rng.random() < ARTHROSIS_SHARE else 0.0
        placed = _place(rng, library, femora[side], (side, pose.hips[side], centres[side]), arthrosis)
        bone.append(camera.thickness(placed.points, placed.volume))
        grain = np.full(len(placed.metal), GRAIN_MM**3, np.float32)
        metal.append(camera.thickness(placed.metal, grain))
        masks[side] = _mask(placed, camera, bone[-1], metal[-1])
        metal.append(camera.thickness(placed.cup, np.full(len(placed.cup), GRAIN_MM**3, np.float32)))
        truth[side] = _truth(placed, side, camera)
        down = placed.landmarks[-1] - placed.landmarks[4]
        downs[side] = down / np.linalg.norm(down)
    fork = camera.project(np.array([[0, 0, body.crotch]], np.float32))[0]
    layers = Layers(
        femora=np.sum(bone, axis=0),
        pelvis=_pelvis_layer(rng, pelvis, matrix, camera),
        soft=soft_thickness(body, camera, centres, downs),
        metal=np.sum(metal, axis=0),
        pixel_mm=camera.pixel_mm,
        crotch=(float(fork[0]), float(fork[1])),
    )
    return Film(layers, masks, truth, pelvis.subject)
