"""Rotation of the patient, from the clavicles' medial ends and the midline."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.catalog import ROTATION_RATIO
from radcaliper.measurements.chest.extents import extent, row_middle, row_middles, structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point


def rotation_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Shorter over longer horizontal distance of the clavicles' medial ends to the spine's middle, 0 to 1.

    1 is a straight film; under 0.4 CheXStruct calls it rotated. Points: the medial end of the right clavicle, the
    spine's middle, the medial end of the left one.
    """
    right, left = structure(masks, "right_clavicle"), structure(masks, "left_clavicle")
    ends = tuple(
        Point(row_middle(mask, col), float(col))
        for mask, col in ((right, extent(right).right), (left, extent(left).left))
    )
    rows, middles = row_middles(structure(masks, "spine"))
    row = (ends[0].row + ends[1].row) / 2
    midline = float(np.interp(row, rows, middles))
    distances = (midline - ends[0].col) * grid.col, (ends[1].col - midline) * grid.col
    if max(distances) <= 0:
        raise NotMeasurable("implausible_masks")
    ratio = max(0.0, min(distances) / max(distances))
    return ROTATION_RATIO.value(ratio, grid, (ends[0], Point(row, midline), ends[1]))
