"""Areas, heights and widths of lungs and heart."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.chest.extents import extent, structure
from radcaliper.measurements.types import Grid, Masks, Point, Reading, Unit


def _area(masks: Masks, name: str, grid: Grid) -> float:
    return int(np.count_nonzero(structure(masks, name))) * grid.row * grid.col


def heart_area(masks: Masks, grid: Grid) -> Reading:
    """Area of the heart's shadow."""
    return Reading("heart_area", _area(masks, "heart", grid), grid.area_unit)


def lung_area(masks: Masks, grid: Grid, side: str) -> Reading:
    """Area of one lung, without what lies behind heart and diaphragm; ``side`` is ``right`` or ``left``."""
    return Reading("lung_area", _area(masks, f"{side}_lung", grid), grid.area_unit, site=side)


def lung_area_ratio(masks: Masks, grid: Grid) -> Reading:
    """Area of the right lung over that of the left."""
    ratio = _area(masks, "right_lung", grid) / _area(masks, "left_lung", grid)
    return Reading("lung_area_ratio", ratio, Unit.RATIO)


def lung_height(masks: Masks, grid: Grid, side: str) -> Reading:
    """Vertical extent of one lung, from the apex to the lowest place of its base."""
    lung = structure(masks, f"{side}_lung")
    span = extent(lung)
    ends = tuple(Point(float(row), float(np.flatnonzero(lung[row]).mean())) for row in (span.top, span.bottom))
    return Reading("lung_height", span.rows * grid.row, grid.length_unit, ends, side)


def lung_width(masks: Masks, grid: Grid, side: str) -> Reading:
    """Horizontal extent of one lung."""
    lung = structure(masks, f"{side}_lung")
    span = extent(lung)
    ends = tuple(Point(float(np.flatnonzero(lung[:, col]).mean()), float(col)) for col in (span.left, span.right))
    return Reading("lung_width", span.cols * grid.col, grid.length_unit, ends, side)
