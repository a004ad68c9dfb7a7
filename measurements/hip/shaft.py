"""The course of a femur's shaft in its mask: one straight bone, or pieces beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.outline import FemurImage
from radcaliper.measurements.types import Grid, Mask

_STEP, _REACH = 0.1, 2.5
"""Distance of the sections across the shaft, and how far its borders are looked for, in head radii."""
_ABOVE_EDGE: Final = 0.1
"""Head radii above the mask's lower end at which sections stop; farther where a tilted section would run over it."""
_FEWEST: Final = 5


@dataclass(frozen=True)
class ShaftCourse:
    """Sections across the shaft's axis, from the lesser trochanter down, where there is bone on the axis.

    ``beside`` (N,) is how far the bone's middle lies beside the axis, ``widths`` (N,) how wide it is, in head radii.
    """

    beside: NDArray[np.float64]
    widths: NDArray[np.float64]

    @property
    def bend(self) -> float:
        """Standard deviation of ``beside``: how far the bone is from one straight one; 0 for too few sections."""
        return float(np.std(self.beside)) if len(self.beside) >= _FEWEST else 0.0

    @property
    def pinch(self) -> float:
        """The narrowest width over the usual one of the lower half, 0 to 1; 1 for too few sections."""
        if len(self.widths) < _FEWEST:
            return 1.0
        return float(self.widths.min()) / self._usual_width

    @property
    def flare(self) -> float:
        """The greatest width over the usual one: bone widens towards its trochanters; infinite for too few sections."""
        return float(self.widths.max()) / self._usual_width if len(self.widths) >= _FEWEST else float("inf")

    @property
    def _usual_width(self) -> float:
        """The median width of the lower half."""
        return float(np.median(self.widths[len(self.widths) // 2 :]))


def shaft_course(femur: Mask, axes: FemurAxes, grid: Grid, side: str) -> ShaftCourse:
    """The course of the shaft in a femur's (H, W) mask, which must not be empty, along its axis."""
    mirror = np.array([1.0, 1.0 if side == "right" else -1.0])
    image = FemurImage.of_mask(femur, grid, inner_is_right=side == "right")
    upper, lower = axes.shaft_upper * mirror, axes.shaft_lower * mirror
    length, radius = float(np.linalg.norm(lower - upper)), axes.radius
    along = (lower - upper) / length
    bottom = image.origin[0] + (image.field.shape[0] - 2) * image.size[0]
    room = (bottom - upper[0]) / along[0] - (_ABOVE_EDGE + abs(along[1] / along[0])) * radius
    places = upper + np.arange(0, min(length, room), _STEP * radius)[:, None] * along
    middles, widths = image.sections(places, along, _REACH * radius)
    bone = widths > 0
    beside = (middles - places) @ np.array([-along[1], along[0]])
    return ShaftCourse(beside[bone] / radius, widths[bone] / radius)
