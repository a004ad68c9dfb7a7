"""The neck's narrowest part, across the neck's own axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.ccd.profile import borders
from radcaliper.measurements.ccd.upright import Places, Upright
from radcaliper.measurements.types import NotMeasurable

USUAL_ANGLE: Final = 128.0
NEAREST, FARTHEST = 0.75, 1.55
"""Where the neck may be narrowest, in head radii from the head's centre."""
ROUNDS: Final = 12
RISE: Final = 1.05


@dataclass(frozen=True, eq=False)
class Neck:
    """Middle (x, y) of the narrowest part, its two borders (2, 2) and its width, in working pixels."""

    centre: Places
    borders: Places
    width: float


def _first_waist(widths: NDArray[np.float64]) -> int:
    """Where widths (n,) are least before they first rise by ``RISE``: beyond that lies no neck any more."""
    widths = np.where(np.isfinite(widths), widths, np.inf)
    least = np.minimum.accumulate(widths)
    risen = np.isfinite(least) & (widths > RISE * least)
    end = int(np.argmax(risen)) if risen.any() else len(widths)
    return int(np.argmin(widths[:end]))


def find_neck(femur: Upright, head: Places, radius: float, shaft_down: Places) -> Neck:
    """The narrowest section across the axis from the head's centre through its own middle.

    The axis starts at a usual neck-shaft angle and is turned to the middle found until it stays.
    Raises NotMeasurable("neck_not_seen") where no section is bounded on both sides.
    """
    turn = np.radians(180 - USUAL_ANGLE)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    axis = rotation @ shaft_down  # from the head, sideways and down
    steps = np.arange(NEAREST, FARTHEST, 0.02) * radius
    for _ in range(ROUNDS):
        across = np.array([-axis[1], axis[0]])
        starts = head + steps[:, None] * axis
        edges = borders(femur, starts, across, 1.4 * radius)
        widths = edges[:, 1] - edges[:, 0]
        if not np.isfinite(widths).any():
            raise NotMeasurable("neck_not_seen")
        narrowest = _first_waist(widths)
        sides = starts[narrowest] + edges[narrowest, :, None] * across
        centre = sides.mean(axis=0)
        turned = axis + (centre - head) / np.linalg.norm(centre - head)
        axis = turned / np.linalg.norm(turned)
    if femur.at_film_edge(sides).any():
        raise NotMeasurable("border_cut")
    return Neck(centre, sides, float(widths[narrowest]))
