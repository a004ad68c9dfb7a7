"""How a patient lies on the table, and how the film is taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.projector import Projector
from radcaliper.learning.hip.rotations import Turn, turn

PIXEL_MM = 0.9
"""Of simulated films, on the film."""
_LEAST_MAGNIFICATION = 1.08
_TURNED = (-40.0, 32.0)
"""Degrees that legs are turned by; most lie within a smaller range."""
_SHAFT_MM = 215.0
"""How far below the hip joints there are shafts for sure."""


@dataclass(frozen=True)
class LegPose:
    """Of a right femur in degrees: ``inward`` rotation about the shaft, ``adduction``, ``flexion``."""

    inward: float
    adduction: float
    flexion: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> LegPose:
        """From legs fallen far outwards to turned well in."""
        inward = rng.uniform(*_TURNED) if rng.random() < 0.3 else np.clip(rng.normal(6, 11), -20, 32)
        return cls(
            float(inward),
            float(rng.normal(5, 4)),
            float(np.clip(rng.normal(3, 6), -8, 20)),
        )

    def towards(self, other: LegPose, share: float) -> LegPose:
        """The pose that lies a ``share`` of the way to another."""
        own, others = (np.array([pose.inward, pose.adduction, pose.flexion]) for pose in (self, other))
        return LegPose(*map(float, own + share * (others - own)))

    @property
    def turn(self) -> Turn:
        """From the femur's own frame to the patient's."""
        return turn("zxy", self.inward, self.flexion, -self.adduction)


def pelvis_turn(rng: np.random.Generator) -> Turn:
    """Pelvic tilt, rotation and obliquity in their usual ranges."""
    return turn("xzy", float(rng.normal(0, 9)), float(rng.normal(0, 4)), float(rng.normal(0, 2.5)))


def pelvis_film(rng: np.random.Generator) -> Projector:
    """A film of both hips."""
    rows, cols = float(rng.uniform(310, 410)), float(rng.uniform(380, 450))
    lowest = rows / 2 / _LEAST_MAGNIFICATION - _SHAFT_MM  # the kept shafts must not end on the film
    middle = float(rng.normal(0, 8)), float(np.clip(rng.normal(-40, 22), lowest, 20))
    centre = middle[0], middle[1] + float(rng.normal(20, 20))
    return _film(rng, centre, middle, rows, cols)


def hip_film(joint: Points, rng: np.random.Generator) -> Projector:
    """A film of the one hip whose joint lies at ``joint``, in mm."""
    rows, cols = float(rng.uniform(210, 330)), float(rng.uniform(190, 280))
    middle = float(joint[0] + rng.normal(0, 20)), float(joint[2] - rng.uniform(20, 90))
    return _film(rng, middle, middle, rows, cols)


def _film(
    rng: np.random.Generator, centre: tuple[float, float], middle: tuple[float, float], rows: float, cols: float
) -> Projector:
    distance, gap = float(rng.uniform(950, 1300)), float(rng.uniform(90, 190))
    return Projector(distance, gap, centre, middle, round(rows / PIXEL_MM), round(cols / PIXEL_MM), PIXEL_MM)
