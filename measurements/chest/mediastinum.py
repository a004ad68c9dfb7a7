"""Width of the upper mediastinum between the lungs."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.catalog import MEDIASTINAL_WIDTH, MEDIASTINAL_WIDTH_RATIO
from radcaliper.measurements.chest.cardiothoracic import thoracic_width
from radcaliper.measurements.chest.extents import row_spans, structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_UPPER: Final = 0.15
_LOWER: Final = 0.40
"""The aortic arch lies within this part of the lungs' common height, from the apices down."""


def _widest_gap(masks: Masks) -> tuple[Point, Point]:
    """The widest horizontal gap between the lungs' inner borders at the level of the aortic arch."""
    right_rows, _, right_inner = row_spans(structure(masks, "right_lung"))
    left_rows, left_inner, _ = row_spans(structure(masks, "left_lung"))
    shared = np.intersect1d(right_rows, left_rows)
    if len(shared) < 10:
        raise NotMeasurable("implausible_masks")
    level = shared[int(_UPPER * len(shared)) : int(_LOWER * len(shared)) + 1]
    inner = right_inner[np.searchsorted(right_rows, level)], left_inner[np.searchsorted(left_rows, level)]
    gap = inner[1] - inner[0] - 1
    widest = int(gap.argmax())
    if gap[widest] <= 0:
        raise NotMeasurable("implausible_masks")
    row = float(level[widest])
    return Point(row, float(inner[0][widest]) + 0.5), Point(row, float(inner[1][widest]) - 0.5)


def mediastinal_width(masks: Masks, grid: Grid) -> MeasuredValue:
    """Greatest horizontal distance between the lungs' inner borders about the aortic arch.

    It has no reference range, for magnification alone changes it by more than a centimetre.
    """
    ends = _widest_gap(masks)
    width = (ends[1].col - ends[0].col) * grid.col
    return MEDIASTINAL_WIDTH.value(width, grid, ends)


def mediastinal_width_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Mediastinal width over thoracic width, as CheXStruct normalises it."""
    return mediastinal_width_over(thoracic_width(masks, grid), masks, grid)


def mediastinal_width_over(thorax: MeasuredValue, masks: Masks, grid: Grid) -> MeasuredValue:
    """Mediastinal width over a given thoracic width."""
    width = mediastinal_width(masks, grid)
    return MEDIASTINAL_WIDTH_RATIO.value(width.value / thorax.value, grid, (*width.points, *thorax.points))
