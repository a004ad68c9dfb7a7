"""One simulated exposure: bones posed and projected, soft tissue, and the projected truth of both hips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.attenuation import BoneMatter
from radcaliper.learning.hip.bones import Bones, Femur, Pelvis
from radcaliper.learning.hip.femur_axes import SpatialFemurAxes
from radcaliper.learning.hip.fracture import Fracture
from radcaliper.learning.hip.growth_plates import GrowthPlates
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.mixing import mixed
from radcaliper.learning.hip.osteosynthesis import osteosynthesis
from radcaliper.learning.hip.pose import LegPose, hip_film, pelvis_film, pelvis_turn
from radcaliper.learning.hip.projected_neck import projected_neck
from radcaliper.learning.hip.projector import Picture, Projector
from radcaliper.learning.hip.prosthesis import METAL_AGAINST_BONE, METAL_PITCH_MM, prosthesis, remaining
from radcaliper.learning.hip.shape import FemurShape
from radcaliper.learning.hip.tissue import Body
from radcaliper.learning.hip.voxels import PITCH_MM

SIDES: Final = ("right", "left")
_SILHOUETTE_MM: Final = 1.5
"""Bone along the ray from which a pixel belongs to the femur."""
_METAL_SEEN_MM: Final = 3.0
"""Metal along the ray from which a pixel belongs to it."""
_ARTHROSIS, _SAME_FEMUR, _ONE_HIP, _ADOLESCENT = 0.3, 0.6, 0.35, 0.2
_PROSTHESIS, _OSTEOSYNTHESIS, _BROKEN = 0.1, 0.08, 0.12
"""Shares of the hips; one hip has at most one of them."""
_MOST_MIXED: Final = 0.8
"""Share of the way from one femur's shape to another's."""
_OWN_POSE: Final = 1 / 3
"""How far one leg's pose goes its own way."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class HipTruth:
    """One hip on a film: ``places`` (5, 2) in pixels (row, col), in the order of ``SpatialFemurAxes.places``, the
    neck's that of ``projected_neck``; head radius in pixels; the femur's mask (H, W); whether a prosthesis replaces the
    head; whether the femur is broken and displaced; degrees by which the neck points out of the film's plane, forwards
    positive."""

    places: Points
    radius: float
    mask: NDArray[np.bool_]
    metal: bool
    broken: bool
    tilt: float


@dataclass(frozen=True)
class Exposure:
    """(H, W) lengths of cortical bone and of soft tissue in mm, where metal is seen, and right and left hip."""

    bone: Picture
    tissue: Picture
    metal: NDArray[np.bool_]
    hips: tuple[HipTruth, HipTruth]


@dataclass(frozen=True)
class PosedFemur:
    """A femur in the world: (N, 3) places of its volume, their (N,) masses, (M, 3) metal, axes; whether
    its head is metal; whether it is broken."""

    places: Points
    weights: NDArray[np.float64]
    metal: Points
    axes: SpatialFemurAxes
    replaced: bool = False
    broken: bool = False


def _ailing(femur: PosedFemur, rng: np.random.Generator) -> PosedFemur:
    """The same with a prosthesis, held together by metal, or broken; mostly as it is."""
    draw = rng.random()
    if draw < _PROSTHESIS:
        kept = remaining(femur.places, femur.axes)
        metal = prosthesis(femur.axes, rng)
        places, weights = femur.places[kept], femur.weights[kept]
        return replace(femur, places=places, weights=weights, metal=metal, replaced=True)
    if draw < _PROSTHESIS + _OSTEOSYNTHESIS:
        return replace(femur, metal=osteosynthesis(femur.axes, rng))
    if draw < _PROSTHESIS + _OSTEOSYNTHESIS + _BROKEN:
        fracture = Fracture.random(femur.axes, rng)
        return replace(femur, places=fracture.apply(femur.places), axes=fracture.of_axes(femur.axes), broken=True)
    return femur


def _own_bone(femur: Femur, matter: BoneMatter, plates: GrowthPlates | None) -> NDArray[np.float64]:
    """(N,) masses of a femur's places."""
    weights = matter.of_femur(femur.cloud, femur.axes.radius)
    return weights if plates is None else weights * plates.factors(femur.cloud.places, femur.axes)


def _shaped(
    femur: Femur, other: Femur, matter: BoneMatter, plates: GrowthPlates | None, rng: np.random.Generator
) -> PosedFemur:
    """A variation of a femur in its own frame, part of the way to another; some with arthrosis, metal or a fracture."""
    weights = _own_bone(femur, matter, plates)
    towards = other.landmarks * (femur.axes.radius / other.axes.radius)
    share = float(rng.uniform(0, _MOST_MIXED))
    volume = mixed(femur.cloud.places, femur.landmarks, towards, share)
    landmarks = mixed(femur.axes.places, femur.landmarks, towards, share)
    axes = SpatialFemurAxes.of_places(landmarks, femur.axes.radius)
    shape = FemurShape.random(axes, rng, arthrosis=rng.random() < _ARTHROSIS)
    whole = PosedFemur(shape.apply(volume, axes), weights, np.zeros((0, 3)), shape.of_axes(axes))
    return _ailing(whole, rng)


def _placed(femur: PosedFemur, scale: float, turn: NDArray[np.float64], joint: Points, left: bool) -> PosedFemur:
    """In its joint: scaled, turned, on its side of the body."""
    side = _MIRROR if left else 1.0

    def move(places: Points) -> Points:
        return np.asarray(scale * (places - femur.axes.head) @ turn * side + joint)

    axes = SpatialFemurAxes.of_places(move(femur.axes.places), femur.axes.radius * scale)
    weights = femur.weights * scale**3
    return replace(femur, places=move(femur.places), weights=weights, metal=move(femur.metal), axes=axes)


def _femora(
    bones: Bones, pelvis: Pelvis, joints: Points, matter: BoneMatter, rng: np.random.Generator
) -> list[PosedFemur]:
    first, second = rng.integers(len(bones.femora), size=2)
    chosen = bones.femora[first], bones.femora[first if rng.random() < _SAME_FEMUR else second]
    common, posed = LegPose.random(rng), []
    plates = GrowthPlates.random(rng) if rng.random() < _ADOLESCENT else None
    for femur, joint, left in zip(chosen, joints, (False, True), strict=True):
        pose = common.towards(LegPose.random(rng), _OWN_POSE)
        worn = np.array([rng.normal(0, 1.0), 0.0, abs(rng.normal(0, 1.5))])  # joint space lost upwards
        shaped = _shaped(femur, bones.femora[rng.integers(len(bones.femora))], matter, plates, rng)
        scale = pelvis.radius / shaped.axes.radius * float(rng.uniform(0.96, 1.02))
        posed.append(_placed(shaped, scale, pose.turn, joint + worn, left))
    return posed


def _silhouette(places: Points, spacing: float, film: Projector) -> NDArray[np.bool_]:
    path = film.add_up(places, np.full(len(places), spacing**3))
    solid = cv2.medianBlur((path > _SILHOUETTE_MM).astype(np.uint8), 5)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(solid, outlines, -1, 1, thickness=cv2.FILLED)
    return np.asarray(solid, dtype=bool)


def _truth(femur: PosedFemur, film: Projector) -> HipTruth:
    places = film(femur.axes.places)
    if not (femur.replaced or femur.broken):
        places[1] = projected_neck(femur.places, femur.axes, film)
    depth = film.distance / (film.distance - film.gap + femur.axes.head[1])
    mask = _silhouette(femur.places, PITCH_MM, film)
    if len(femur.metal):
        mask |= _silhouette(femur.metal, METAL_PITCH_MM, film)
    neck = femur.axes.head - femur.axes.neck
    tilt = float(np.degrees(np.arcsin(-neck[1] / np.linalg.norm(neck))))
    return HipTruth(places, femur.axes.radius * depth / film.pixel, mask, femur.replaced, femur.broken, tilt)


def expose(bones: Bones, rng: np.random.Generator) -> Exposure:
    """A random exposure of these bones; the same generator state gives the same one."""
    pelvis = bones.pelves[rng.integers(len(bones.pelves))]
    matter, posture = BoneMatter.random(rng), pelvis_turn(rng)
    joints = pelvis.joints @ posture
    femora = _femora(bones, pelvis, joints, matter, rng)
    film = hip_film(joints[rng.integers(2)], rng) if rng.random() < _ONE_HIP else pelvis_film(rng)
    bone = np.zeros((film.rows, film.cols), np.float32)
    for cloud in pelvis.clouds:
        bone += film.add_up(cloud.places @ posture, matter.of_pelvis(cloud, pelvis.joints, pelvis.radius))
    metal = np.zeros_like(bone)
    for femur in femora:
        bone += film.add_up(femur.places, femur.weights)
        metal += film.add_up(femur.metal, np.full(len(femur.metal), METAL_PITCH_MM**3))
    bone += METAL_AGAINST_BONE * metal
    right, left = (_truth(femur, film) for femur in femora)
    return Exposure(bone, Body.random(rng).thickness(film), metal > _METAL_SEEN_MM, (right, left))
