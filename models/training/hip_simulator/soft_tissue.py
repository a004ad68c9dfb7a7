"""The body around the bones: a trunk and two thighs of elliptical section, as thickness on the film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.meshes import SIDES, Side
from radcaliper.models.training.hip_simulator.projection import Camera, Image

Vector = NDArray[np.float32]
SHAFT_SLANT: Final = 0.11
"""Tangent of the angle between a femur's shaft and the leg's axis, about 6 degrees."""


@dataclass(frozen=True)
class Body:
    """Sizes in mm: half width at the hips, half depths of trunk and thigh, gap between the thighs, crotch's height (z).

    ``waist_share`` is the width at the waist over that at the hips; ``taper`` how much thighs narrow on each side, a mm.
    """

    hip_half_width: float
    waist_share: float
    trunk_half_depth: float
    thigh_half_depth: float
    gap: float
    taper: float
    crotch: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Body:
        """From slim to obese."""
        girth = rng.uniform(0, 1) ** 1.3
        depth = 80 + 65 * girth
        return cls(
            hip_half_width=165 + 60 * girth + float(rng.normal(0, 6)),
            waist_share=float(rng.uniform(0.8, 1.0)),
            trunk_half_depth=depth,
            thigh_half_depth=depth * float(rng.uniform(0.72, 0.98)),
            gap=float(rng.uniform(-6, 10) * (1 - girth)),
            taper=float(rng.uniform(0.02, 0.12)),
            crotch=float(rng.normal(-85, 12)),
        )


def _ellipse(offset: Image, half_width: Image | float, half_depth: float) -> Image:
    """Thickness of a superellipse (exponent 2.5, nearer to a body than an ellipse) at an offset from its middle."""
    inside = np.clip(1 - np.abs(offset / half_width) ** 2.5, 0, None)
    return np.asarray(2 * half_depth * inside ** (1 / 2.5), np.float32)


def soft_thickness(body: Body, camera: Camera, centres: dict[Side, Vector], directions: dict[Side, Vector]) -> Image:
    """Millimetres of soft tissue along the beam (H, W).

    ``centres`` are the hips' centres and ``directions`` the unit vectors down each thigh, in the patient's frame.
    """
    height, width = camera.shape
    shrink = -camera.source[1] / (camera.detector_y - camera.source[1])  # from the film to the plane y = 0
    row, col = np.mgrid[:height, :width].astype(np.float32)
    x_film = (col - (width - 1) / 2) * camera.pixel_mm + camera.middle[0]
    z_film = camera.middle[1] - (row - (height - 1) / 2) * camera.pixel_mm
    x = camera.source[0] + (x_film - camera.source[0]) * shrink
    z = camera.source[2] + (z_film - camera.source[2]) * shrink
    rise = np.clip((z + 60) / 200, 0, 1)
    trunk = _ellipse(x, body.hip_half_width * (1 - (1 - body.waist_share) * rise), body.trunk_half_depth)
    thighs = np.zeros_like(trunk)
    below = body.crotch - z
    for side in SIDES:
        outward = -1 if side == "right" else 1
        direction = directions[side]
        spread = outward * direction[0] / -direction[2] + SHAFT_SLANT
        medial = body.gap / 2 + (spread + body.taper) * np.clip(below, 0, None)
        lateral = body.hip_half_width + (spread - body.taper) * below
        half_width = np.maximum((lateral - medial) / 2, 20)
        thighs = np.maximum(thighs, _ellipse(x - outward * (lateral + medial) / 2, half_width, body.thigh_half_depth))
    share = np.clip((z - body.crotch + 10 * np.cos(x / 35)) / 70 + 0.35, 0, 1)
    share = share * share * (3 - 2 * share)
    return np.asarray(share * trunk + (1 - share) * thighs, np.float32)
