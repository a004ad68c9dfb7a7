"""Labelled films to judge by: exposures of the subjects that are never trained on, developed by other settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from radcaliper.learning.hip.bones import Bones
from radcaliper.learning.hip.film_processing import EVALUATION, develop
from radcaliper.learning.hip.pose import PIXEL_MM
from radcaliper.learning.hip.scene import HipTruth, expose
from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.types import PixelSpacing, Radiograph, SpacingSource
from radcaliper.models.hip.channels import SIDES

_SHAFT_NEEDED: Final = 0.5
_LEAST_NECK: Final = 1.0
"""Head radii of neck, from the head's centre to the shaft's axis, with less of which on the film its direction is in
doubt."""
_DOUBT: Final = 0.25
"""Head radii about a limit within which a hip counts neither as measurable nor as not."""


@dataclass(frozen=True)
class SimulatedFilm:
    """A film with the truth of its two hips, by side."""

    name: str
    film: Radiograph
    hips: dict[str, HipTruth]


def true_axes(hip: HipTruth) -> FemurAxes:
    """The projected axes in mm on the film."""
    head, neck, upper, lower, tip = hip.places * PIXEL_MM
    down = (lower - upper) / np.linalg.norm(lower - upper)
    return FemurAxes(head, hip.radius * PIXEL_MM, neck, upper + ((tip - upper) @ down) * down, lower)


def is_measurable(hip: HipTruth, shape: tuple[int, int]) -> bool | None:
    """Whether a hip on a film of ``shape`` can be measured: whole, its own head, inside, and enough shaft; None in
    doubt."""
    if hip.metal or hip.broken:
        return False
    axes, size = true_axes(hip), np.array(shape) * PIXEL_MM
    down = (axes.shaft_lower - axes.shaft_upper) / np.linalg.norm(axes.shaft_lower - axes.shaft_upper)
    below = (size[0] - axes.shaft_upper[0]) / down[0]
    beside = min(axes.shaft_upper[1], size[1] - axes.shaft_upper[1])
    room = min(float(axes.head.min()), float((size - axes.head).min()))
    spare = min(below / axes.radius - _SHAFT_NEEDED, beside / axes.radius - 0.5, room / axes.radius - 1)
    foreshortened = spare > 0 and axes.neck_length() < _LEAST_NECK * axes.radius
    return None if foreshortened or abs(spare) < _DOUBT else spare > 0


def simulated_films(bones: Bones, count: int, seed: int) -> Iterator[SimulatedFilm]:
    """``count`` films of these bones; each number of a seed is always the same film."""
    spacing = PixelSpacing(PIXEL_MM, PIXEL_MM, SpacingSource.DETECTOR)
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        exposure = expose(bones, rng)
        inside = np.ones(exposure.bone.shape, bool)
        grey = develop(exposure.bone, exposure.tissue, inside, EVALUATION, rng)
        hips = dict(zip(SIDES, exposure.hips, strict=True))
        yield SimulatedFilm(f"simulated/{seed}_{number:04d}", Radiograph(grey, spacing, view="AP"), hips)
