"""The angle between chest wall and diaphragm at the lung's lateral lower corner."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import COSTOPHRENIC_ANGLE
from radcaliper.measurements.geometry import Places, angle_between, line_direction
from radcaliper.measurements.region import Region, structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_REACH: Final = 0.14
_SKIP: Final = 0.02
"""Lines are fitted to the outline between these shares of the lung's height from the corner."""
_FEWEST: Final = 4
"""Least pixels of a border that a line is fitted to."""


def _corner(lung: Region, outwards: int) -> tuple[int, int]:
    """(row, col) of the lateral lower corner: the mask's place furthest down and outwards."""
    cols = np.arange(lung.extent.left, lung.extent.right + 1)
    best = int((lung.lowest + 0.6 * outwards * cols).argmax())
    return int(lung.lowest[best]), int(cols[best])


def _wall(lung: Region, corner: tuple[int, int], side: str, span: range) -> Places:
    """(N, 2) pixels of the lung's lateral border, ``span`` pixels above the corner."""
    spans = lung.row_spans
    start, stop = np.searchsorted(spans.rows, (corner[0] - span.stop + 1, corner[0] - span.start + 1))
    border = spans.first if side == "right" else spans.last
    return np.stack([spans.rows[start:stop], border[start:stop]], axis=1).astype(np.float64)


def _base(lung: Region, cols: NDArray[np.intp]) -> Places:
    """(N, 2) pixels of the lung's lower border in those of the columns that it covers."""
    inside = cols[(cols >= lung.extent.left) & (cols <= lung.extent.right)]
    lowest = lung.lowest[inside - lung.extent.left]
    return np.stack([lowest, inside], axis=1)[lowest >= 0].astype(np.float64)


def costophrenic_angle(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Measure the angle between the lateral chest wall and the diaphragm.

    Lines are fitted to the lung's lateral border above its lateral lower corner, and to its lower border medial of it.
    The angle is only reported: no limit is agreed.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` or ``left_lung``, that of the side.
    grid : Grid
        Size of the masks' pixels.
    side : str
        The patient's side, ``right`` or ``left``.

    Returns
    -------
    MeasuredValue
        The angle in degrees, 0 to 180. Its points are the end on the wall, the corner, and the end on the diaphragm.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the lung is not seen; ``implausible_masks`` if either border is too short.

    Examples
    --------
    >>> lung = np.zeros((400, 400), bool)
    >>> lung[50:300, 60:180] = True
    >>> round(costophrenic_angle({"right_lung": lung}, Grid(), "right").value, 6)
    90.0
    """
    lung = structure(masks, f"{side}_lung")
    outwards = -1 if side == "right" else 1  # the patient's right lies on the image's left
    corner, height = _corner(lung, outwards), lung.extent.rows
    reach, skip = max(6, round(_REACH * height)), max(1, round(_SKIP * height))
    span = range(skip + 1, reach + 1)
    borders = _wall(lung, corner, side, span), _base(lung, corner[1] - outwards * np.array(span))
    if min(map(len, borders)) < _FEWEST:
        raise NotMeasurable("implausible_masks")
    scale = np.array([grid.row, grid.col])
    at = np.array(corner, float) * scale
    directions = [line_direction(border * scale, (border * scale).mean(axis=0) - at) for border in borders]
    ends = [Point(*map(float, (at + reach * grid.row * direction) / scale)) for direction in directions]
    points = (ends[0], Point(*map(float, corner)), ends[1])
    return COSTOPHRENIC_ANGLE.value(angle_between(*directions), grid, points, side)
