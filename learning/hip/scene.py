"""One simulated exposure: bones posed and projected, soft tissue, and the projected truth of both hips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.attenuation import BoneMatter
from radcaliper.learning.hip.bones import Bones, Femur, Pelvis
from radcaliper.learning.hip.femur_axes import FemurAxes
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.mixing import mixed
from radcaliper.learning.hip.pose import LegPose, hip_film, pelvis_film, pelvis_turn
from radcaliper.learning.hip.projector import Picture, Projector
from radcaliper.learning.hip.prosthesis import METAL_AGAINST_BONE, METAL_PITCH_MM, prosthesis, remaining
from radcaliper.learning.hip.shape import FemurShape
from radcaliper.learning.hip.tissue import Body
from radcaliper.learning.hip.voxels import PITCH_MM

SIDES: Final = ("right", "left")
_SILHOUETTE_MM: Final = 1.5
"""Bone along the ray from which a pixel belongs to the femur."""
_ARTHROSIS, _PROSTHESIS, _SAME_FEMUR, _ONE_HIP = 0.3, 0.1, 0.6, 0.35
_MOST_MIXED: Final = 0.8
"""Share of the way from one femur's shape to another's."""
_OWN_POSE: Final = 1 / 3
"""How far one leg's pose goes its own way."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class HipTruth:
    """One hip on a film: ``places`` (5, 2) in pixels (row, col), in the order of ``FemurAxes.places``; head radius in
    pixels; the femur's mask (H, W); whether a prosthesis replaces the head; degrees by which the neck points out of the
    film's plane, forwards positive."""

    places: Points
    radius: float
    mask: NDArray[np.bool_]
    metal: bool
    tilt: float


@dataclass(frozen=True)
class Exposure:
    """(H, W) lengths of cortical bone and of soft tissue in mm, and right and left hip."""

    bone: Picture
    tissue: Picture
    hips: tuple[HipTruth, HipTruth]


@dataclass(frozen=True)
class PosedFemur:
    """A femur in the world: its volume and masses, its metal, and its axes."""

    places: Points
    weights: NDArray[np.float64]
    metal: Points
    axes: FemurAxes


def _shaped(femur: Femur, other: Femur, matter: BoneMatter, rng: np.random.Generator) -> PosedFemur:
    """A variation of a femur in its own frame, part of the way to another; some with arthrosis or a prosthesis."""
    weights = matter.of_femur(femur.cloud, femur.axes.radius)
    towards = other.landmarks * (femur.axes.radius / other.axes.radius)
    share = float(rng.uniform(0, _MOST_MIXED))
    volume = mixed(femur.cloud.places, femur.landmarks, towards, share)
    landmarks = mixed(femur.axes.places, femur.landmarks, towards, share)
    axes = FemurAxes.of_places(landmarks, femur.axes.radius)
    shape = FemurShape.random(axes, rng, arthrosis=rng.random() < _ARTHROSIS)
    places, axes = shape.apply(volume, axes), shape.of_axes(axes)
    metal = np.zeros((0, 3))
    if rng.random() < _PROSTHESIS:
        kept = remaining(places, axes)
        places, weights, metal = places[kept], weights[kept], prosthesis(axes, rng)
    return PosedFemur(places, weights, metal, axes)


def _placed(femur: PosedFemur, scale: float, turn: NDArray[np.float64], joint: Points, left: bool) -> PosedFemur:
    """In its joint: scaled, turned, on its side of the body."""
    side = _MIRROR if left else 1.0

    def move(places: Points) -> Points:
        return np.asarray(scale * (places - femur.axes.head) @ turn * side + joint)

    axes = FemurAxes.of_places(move(femur.axes.places), femur.axes.radius * scale)
    return PosedFemur(move(femur.places), femur.weights * scale**3, move(femur.metal), axes)


def _femora(
    bones: Bones, pelvis: Pelvis, joints: Points, matter: BoneMatter, rng: np.random.Generator
) -> list[PosedFemur]:
    first, second = rng.integers(len(bones.femora), size=2)
    chosen = bones.femora[first], bones.femora[first if rng.random() < _SAME_FEMUR else second]
    common, posed = LegPose.random(rng), []
    for femur, joint, left in zip(chosen, joints, (False, True), strict=True):
        pose = common.towards(LegPose.random(rng), _OWN_POSE)
        worn = np.array([rng.normal(0, 1.0), 0.0, abs(rng.normal(0, 1.5))])  # joint space lost upwards
        shaped = _shaped(femur, bones.femora[rng.integers(len(bones.femora))], matter, rng)
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
    depth = film.distance / (film.distance - film.gap + femur.axes.head[1])
    mask = _silhouette(femur.places, PITCH_MM, film)
    if len(femur.metal):
        mask |= _silhouette(femur.metal, METAL_PITCH_MM, film)
    neck = femur.axes.head - femur.axes.neck
    tilt = float(np.degrees(np.arcsin(-neck[1] / np.linalg.norm(neck))))
    return HipTruth(places, femur.axes.radius * depth / film.pixel, mask, len(femur.metal) > 0, tilt)


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
    for femur in femora:
        bone += film.add_up(femur.places, femur.weights)
        metal_mass = np.full(len(femur.metal), METAL_AGAINST_BONE * METAL_PITCH_MM**3)
        bone += film.add_up(femur.metal, metal_mass)
    right, left = (_truth(femur, film) for femur in femora)
    return Exposure(bone, Body.random(rng).thickness(film), (right, left))
