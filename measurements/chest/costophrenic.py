"""The angle between chest wall and diaphragm at the lung's lateral lower corner."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import COSTOPHRENIC_ANGLE
from radcaliper.measurements.chest.extents import Extent, extent, structure
from radcaliper.measurements.geometry import Places, angle_between, line_direction
from radcaliper.measurements.types import Grid, Mask, Masks, MeasuredValue, NotMeasurable, Point

_REACH: Final = 0.14
_SKIP: Final = 0.02
"""Lines are fitted to the outline between these shares of the lung's height from the corner."""
_FEWEST: Final = 4
"""Least pixels of a border that a line is fitted to."""


def _lowest(part: Mask, top: int) -> NDArray[np.intp]:
    """The last row that each column of a part of a mask covers, from row ``top`` on; -1 for one that covers none."""
    rows = np.arange(top, top + len(part), dtype=np.int32)
    return np.asarray(np.where(part, rows[:, None], np.int32(-1)).max(axis=0), dtype=np.intp)


def _corner(lung: Mask, whole: Extent, outwards: int) -> tuple[int, int]:
    """(row, col) of the lateral lower corner: the mask's place furthest down and outwards."""
    cols = np.arange(whole.left, whole.right + 1)
    lowest = _lowest(whole.part_of(lung), whole.top)
    best = int((lowest + 0.6 * outwards * cols).argmax())
    return int(lowest[best]), int(cols[best])


def _wall(lung: Mask, corner: tuple[int, int], side: str, span: range) -> Places:
    """(N, 2) pixels of the lung's lateral border, ``span`` pixels above the corner."""
    rows = np.arange(max(0, corner[0] - span.stop + 1), corner[0] - span.start + 1)
    rows = rows[lung[rows].any(axis=1)]
    if side == "right":
        return np.stack([rows, lung[rows].argmax(axis=1)], axis=1)
    return np.stack([rows, lung.shape[1] - 1 - lung[rows, ::-1].argmax(axis=1)], axis=1)


def _base(lung: Mask, whole: Extent, cols: NDArray[np.intp]) -> Places:
    """(N, 2) pixels of the lung's lower border in those of the columns that it covers."""
    inside = cols[(cols >= 0) & (cols < lung.shape[1])]
    lowest = _lowest(lung[whole.top : whole.bottom + 1, inside], whole.top)
    return np.stack([lowest, inside], axis=1)[lowest >= 0]


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
    whole = extent(lung)
    corner = _corner(lung, whole, outwards)
    reach, skip = max(6, round(_REACH * whole.rows)), max(1, round(_SKIP * whole.rows))
    span = range(skip + 1, reach + 1)
    borders = _wall(lung, corner, side, span), _base(lung, whole, corner[1] - outwards * np.array(span))
    if min(map(len, borders)) < _FEWEST:
        raise NotMeasurable("implausible_masks")
    scale = np.array([grid.row, grid.col])
    at = np.array(corner, float) * scale
    directions = [line_direction(border * scale, (border * scale).mean(axis=0) - at) for border in borders]
    ends = [Point(*map(float, (at + reach * grid.row * direction) / scale)) for direction in directions]
    points = (ends[0], Point(*map(float, corner)), ends[1])
    return COSTOPHRENIC_ANGLE.value(angle_between(*directions), grid, points, side)
