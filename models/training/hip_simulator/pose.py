"""How a patient lies: turns of the pelvis and of each hip, in the ranges seen on clinical films."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from radcaliper.models.training.hip_simulator.meshes import SIDES, Points, Side


@dataclass(frozen=True)
class HipPose:
    """Turns of a right femur about its head's centre in degrees; a left one is posed as its mirror image."""

    internal_rotation: float
    abduction: float
    flexion: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> HipPose:
        """Feet are meant to be turned in by 15 degrees; many are not."""
        return cls(
            internal_rotation=float(np.clip(rng.normal(2, 13), -35, 30)),
            abduction=float(np.clip(rng.normal(2, 6), -12, 20)),
            flexion=float(np.clip(rng.normal(3, 6), -8, 25)),
        )

    def matrix(self) -> NDArray[np.float32]:
        """Rotation (3, 3) of a right femur: first about its own axis, then bent forwards, then spread."""
        turned_in = Rotation.from_euler("z", self.internal_rotation, degrees=True)
        flexed = Rotation.from_euler("x", self.flexion, degrees=True)
        spread = Rotation.from_euler("y", self.abduction, degrees=True)
        return np.asarray((spread * flexed * turned_in).as_matrix(), np.float32)


@dataclass(frozen=True)
class Pose:
    """Turns of the pelvis (degrees about the patient's x, y, z) and of both hips."""

    tilt: float
    obliquity: float
    turn: float
    hips: dict[Side, HipPose]

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Pose:
        """A lying or standing patient; the hips turn alike more often than not."""
        shared = HipPose.sample(rng)
        share = rng.uniform(0.3, 1.0)
        hips = {}
        for side in SIDES:
            own = HipPose.sample(rng)
            hips[side] = HipPose(
                *(
                    share * getattr(shared, name) + (1 - share) * getattr(own, name)
                    for name in ("internal_rotation", "abduction", "flexion")
                )
            )
        return cls(float(rng.normal(0, 8)), float(rng.normal(0, 2.5)), float(rng.normal(0, 4)), hips)

    def pelvis_matrix(self) -> NDArray[np.float32]:
        """Rotation (3, 3) of the pelvis about the middle between the hips."""
        return np.asarray(
            Rotation.from_euler("xyz", [self.tilt, self.obliquity, self.turn], degrees=True).as_matrix(), np.float32
        )


def turned(points: Points, matrix: NDArray[np.float32], centre: NDArray[np.float32]) -> Points:
    """Points (N, 3) turned about ``centre`` (3,)."""
    return np.asarray((points - centre) @ matrix.T + centre, np.float32)
