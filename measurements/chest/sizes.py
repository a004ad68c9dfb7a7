"""Areas, heights and widths of lungs and heart."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.catalog import HEART_AREA, LUNG_AREA, LUNG_AREA_RATIO, LUNG_HEIGHT, LUNG_WIDTH
from radcaliper.measurements.chest.extents import extent, left_end, right_end, structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, Point


def _area(masks: Masks, name: str, grid: Grid) -> float:
    return int(np.count_nonzero(structure(masks, name))) * grid.row * grid.col


def heart_area(masks: Masks, grid: Grid) -> MeasuredValue:
    """Area of the heart's shadow."""
    return HEART_AREA.value(_area(masks, "heart", grid), grid)


def lung_area(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Area of one lung, without the parts behind heart and diaphragm; ``side`` is ``right`` or ``left``."""
    return LUNG_AREA.value(_area(masks, f"{side}_lung", grid), grid, site=side)


def lung_area_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Area of the right lung over that of the left."""
    ratio = _area(masks, "right_lung", grid) / _area(masks, "left_lung", grid)
    return LUNG_AREA_RATIO.value(ratio, grid)


def lung_height(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Vertical extent of one lung, from the apex to the lowest place of its base."""
    lung = structure(masks, f"{side}_lung")
    span = extent(lung)
    edges = ((span.top, -0.5), (span.bottom, 0.5))
    ends = tuple(Point(row + beyond, float(np.flatnonzero(lung[row]).mean())) for row, beyond in edges)
    return LUNG_HEIGHT.value(span.rows * grid.row, grid, ends, side)


def lung_width(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Horizontal extent of one lung."""
    lung = structure(masks, f"{side}_lung")
    span, ends = extent(lung), (left_end(lung), right_end(lung))
    return LUNG_WIDTH.value(span.cols * grid.col, grid, ends, side)
