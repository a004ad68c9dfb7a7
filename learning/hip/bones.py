"""The bones ready to be posed: femora in their own frame, pelves about the middle between their hip joints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.femur_axes import FemurFrame, SpatialFemurAxes, find_axes, find_frame, find_proximal_frame
from radcaliper.learning.hip.lengthen import lengthened
from radcaliper.learning.hip.meshes import (
    FemurMesh,
    Mesh,
    Part,
    Points,
    part_of,
    read_femora,
    read_pelves,
)
from radcaliper.learning.hip.mixing import landmarks
from radcaliper.learning.hip.voxels import Cloud, cloud_of, surface_samples

_SAMPLE_MM: Final = 1.5
_SHAFT_RADII: Final = 9.5
"""How much of a femur is kept: down to about the middle of the shaft."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Femur:
    """A right femur in its own frame; ``landmarks`` as of ``mixing.landmarks``."""

    name: str
    subject: str
    cloud: Cloud
    axes: SpatialFemurAxes
    landmarks: Points


@dataclass(frozen=True)
class Pelvis:
    """Hip bones and sacrum, x to the patient's left, y to the back, z up; hip joints at (2, 3) right and left."""

    subject: str
    clouds: tuple[Cloud, ...]
    joints: Points
    radius: float


@dataclass(frozen=True)
class Bones:
    """What films are simulated from."""

    femora: tuple[Femur, ...]
    pelves: tuple[Pelvis, ...]


def _femur(each: FemurMesh, frame: FemurFrame, samples: Points) -> Femur:
    own, bottom = Mesh(frame.bring(each.mesh.vertices), each.mesh.triangles), -_SHAFT_RADII * frame.radius
    cloud, surface = cloud_of(own, bottom), frame.bring(samples)
    if not each.whole:
        surface, _ = lengthened(surface, bottom)
        places, source = lengthened(cloud.places, bottom)
        cloud = Cloud(places, cloud.depths[source], cloud.grain[source])
    axes = find_axes(surface, cloud.places, frame.radius)
    return Femur(each.name, each.subject, cloud, axes, landmarks(cloud.places, axes))


def _joints(frames: dict[str, FemurFrame], meshes: dict[str, Mesh]) -> tuple[Points, float]:
    """Right and left hip joint in the scan's axes; one that no femur tells of lies as on the other side."""
    hips = {"right": meshes["Hip_R"].vertices.mean(axis=0), "left": meshes["Hip_L"].vertices.mean(axis=0)}
    known = {side: frame.head * (1 if side == "right" else _MIRROR) for side, frame in frames.items()}
    for side, other in (("right", "left"), ("left", "right")):
        if side not in known:
            known[side] = hips[side] + (known[other] - hips[other]) * _MIRROR
    return np.stack([known["right"], known["left"]]), next(iter(frames.values())).radius


def _levelled(across: Points) -> NDArray[np.float64]:
    """(3, 3) rows x, y, z of a patient who lies straight, from the way (3,) between the hip joints."""
    x = across / np.linalg.norm(across)
    y = np.cross([0.0, 0.0, 1.0], x)
    y /= np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)])


def _pelvis(subject: str, meshes: dict[str, Mesh], frames: dict[str, FemurFrame]) -> Pelvis:
    joints, radius = _joints(frames, meshes)
    origin = joints.mean(axis=0)
    straight = _levelled(joints[1] - joints[0]).T  # some of the scanned lay turned by up to 26 degrees
    clouds = tuple(cloud_of(Mesh((mesh.vertices - origin) @ straight, mesh.triangles)) for mesh in meshes.values())
    return Pelvis(subject, clouds, (joints - origin) @ straight, radius)


def bones_of(data: Path, part: Part) -> Bones:
    """The bones under ``data`` of one part of the subjects: their axes found, voxelised."""
    femora, frames = [], dict[str, dict[str, FemurFrame]]()
    for each in read_femora(data):
        if part_of(each.subject) != part:
            continue
        samples = surface_samples(each.mesh, _SAMPLE_MM)
        frame = find_frame(samples) if each.whole else find_proximal_frame(samples)
        femora.append(_femur(each, frame, samples))
        frames.setdefault(each.subject, {})[each.side] = frame
    pelves = (_pelvis(name, meshes, frames[name]) for name, meshes in read_pelves(data) if name in frames)
    return Bones(tuple(femora), tuple(pelves))
