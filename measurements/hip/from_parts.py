"""Head circle, neck axis and shaft axis from masks of the head's disc and of bands along the two axes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.hip.axes import FemurAxes, line_through
from radcaliper.measurements.hip.from_mask import LEAST_SHAFT, refuse_cut_head
from radcaliper.measurements.hip.head import ROUND_DISC, elongation, refuse_stretched
from radcaliper.measurements.types import Grid, Mask, Masks, NotMeasurable

_LEAST_NECK: Final = 0.6
"""Head radii that the neck's band must reach from the head's centre."""


def _places(masks: Masks, name: str, grid: Grid, reason: str) -> Places:
    """(N, 2) places of a mask's pixels in the unit of length; NotMeasurable(``reason``) where it is empty."""
    mask: Mask | None = masks.get(name)
    if mask is None or not mask.any():
        raise NotMeasurable(reason)
    return np.argwhere(mask) * [grid.row, grid.col]


def _ends(places: Places, middle: Places, along: Places) -> tuple[float, float]:
    """First and last distance from ``middle`` along a band, less its ragged ends."""
    first, last = np.percentile((places - middle) @ along, (1, 99))
    return float(first), float(last)


def _neck(places: Places, head: Places, radius: float) -> Places:
    """The middle of the neck's band on the line from the head's centre that lies nearest to the band's places."""
    off: NDArray[np.float64] = places - head
    axis = np.linalg.eigh(off.T @ off)[1][:, -1]
    axis = axis * np.sign(axis @ off.mean(axis=0))
    if _ends(places, head, axis)[1] < _LEAST_NECK * radius:
        raise NotMeasurable("neck_not_seen")
    return np.asarray(head + axis * float((off @ axis).mean()))


def head_disc(masks: Masks, grid: Grid, side: str) -> tuple[Places, float]:
    """The circle with the middle and the area of ``<side>_head``, in the unit of length.

    NotMeasurable: ``no_femoral_head`` (none), ``stretched_film`` (an ellipse).
    """
    disc = _places(masks, f"{side}_head", grid, "no_femoral_head")
    refuse_stretched(elongation(masks[f"{side}_head"], grid), ROUND_DISC)
    return disc.mean(axis=0), float(np.sqrt(len(disc) * grid.row * grid.col / np.pi))


def axes_about(circle: tuple[Places, float], masks: Masks, grid: Grid, side: str) -> FemurAxes:
    """The axes of the hip whose head is ``circle``, from ``<side>_neck_axis`` and ``<side>_shaft_axis``.

    The neck's axis goes through the head's centre. NotMeasurable: ``hip_cut_off``, ``neck_not_seen``,
    ``shaft_too_short``.
    """
    head, radius = circle
    refuse_cut_head(head, radius, masks[f"{side}_head"].shape, grid)
    neck = _neck(_places(masks, f"{side}_neck_axis", grid, "neck_not_seen"), head, radius)
    band = _places(masks, f"{side}_shaft_axis", grid, "shaft_too_short")
    middle, down = line_through(band, np.ones(len(band)))
    first, last = _ends(band, middle, down)
    if last - first < LEAST_SHAFT * radius:
        raise NotMeasurable("shaft_too_short")
    return FemurAxes(head, radius, neck, middle + first * down, middle + last * down, "parts")


def axes_from_parts(masks: Masks, grid: Grid, side: str) -> FemurAxes:
    """The axes from the head's disc and the bands along both axes alone; NotMeasurable as the two above."""
    return axes_about(head_disc(masks, grid, side), masks, grid, side)
