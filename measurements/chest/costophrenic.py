"""The angle between chest wall and diaphragm at the lung's lateral lower corner."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.catalog import COSTOPHRENIC_ANGLE
from radcaliper.measurements.chest.extents import extent, structure
from radcaliper.measurements.geometry import angle_between, line_direction
from radcaliper.measurements.types import Grid, Mask, Masks, MeasuredValue, NotMeasurable, Point

_REACH: Final = 0.14
_SKIP: Final = 0.02
"""Lines are fitted to the outline between these shares of the lung's height from the corner."""


def _corner(lung: Mask, outwards: int) -> tuple[int, int]:
    """(row, col) of the lateral lower corner: the mask's place furthest down and outwards."""
    span = extent(lung)
    cols = np.arange(span.left, span.right + 1)
    part = lung[:, span.left : span.right + 1]
    lowest = lung.shape[0] - 1 - part[::-1].argmax(axis=0)
    best = int((lowest + 0.6 * outwards * cols).argmax())
    return int(lowest[best]), int(cols[best])


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
    height = extent(lung).rows
    row, col = _corner(lung, outwards)
    reach, skip = max(6, round(_REACH * height)), max(1, round(_SKIP * height))
    wall_rows = np.arange(max(0, row - reach), row - skip)
    wall_rows = wall_rows[lung[wall_rows].any(axis=1)]
    base_cols = col - outwards * np.arange(skip + 1, reach + 1)
    base_cols = base_cols[(base_cols >= 0) & (base_cols < lung.shape[1])]
    base_cols = base_cols[lung[:, base_cols].any(axis=0)]
    if len(wall_rows) < 4 or len(base_cols) < 4:
        raise NotMeasurable("implausible_masks")
    across = lung[wall_rows] if side == "right" else lung[wall_rows, ::-1]
    wall_cols = across.argmax(axis=1) if side == "right" else lung.shape[1] - 1 - across.argmax(axis=1)
    base_rows = lung.shape[0] - 1 - lung[::-1, base_cols].argmax(axis=0)
    scale = np.array([grid.row, grid.col])
    corner = np.array([row, col], float) * scale
    wall = np.stack([wall_rows, wall_cols], axis=1) * scale
    base = np.stack([base_rows, base_cols], axis=1) * scale
    along_wall, along_base = (line_direction(each, each.mean(axis=0) - corner) for each in (wall, base))
    ends = (corner + reach * grid.row * along_wall) / scale, (corner + reach * grid.row * along_base) / scale
    points = (Point(*map(float, ends[0])), Point(float(row), float(col)), Point(*map(float, ends[1])))
    return COSTOPHRENIC_ANGLE.value(angle_between(along_wall, along_base), grid, points, side)
