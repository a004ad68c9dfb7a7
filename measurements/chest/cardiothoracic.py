"""Heart width, inner thoracic width and their ratio (Danzer 1919)."""

from __future__ import annotations

from radcaliper.measurements.chest.extents import extent, side_point, structure
from radcaliper.measurements.types import Grid, Masks, NotMeasurable, Point, Reading, Unit


def _heart_ends(masks: Masks) -> tuple[Point, Point]:
    """The heart's outermost places to the patient's right (image left) and left."""
    heart = structure(masks, "heart")
    span = extent(heart)
    return side_point(heart, span.left), side_point(heart, span.right)


def _thorax_ends(masks: Masks) -> tuple[Point, Point]:
    """The outermost places of the right lung (image left) and of the left lung."""
    right, left = structure(masks, "right_lung"), structure(masks, "left_lung")
    ends = side_point(right, extent(right).left), side_point(left, extent(left).right)
    if ends[0].col >= ends[1].col:
        raise NotMeasurable("implausible_masks")
    return ends


def _width(ends: tuple[Point, Point], grid: Grid) -> float:
    return (ends[1].col - ends[0].col + 1) * grid.col


def heart_width(masks: Masks, grid: Grid) -> Reading:
    """Greatest horizontal heart width: the greatest extents right and left of the midline together."""
    ends = _heart_ends(masks)
    return Reading("heart_width", _width(ends, grid), grid.length_unit, ends)


def thoracic_width(masks: Masks, grid: Grid) -> Reading:
    """Greatest horizontal distance between the outer borders of the lungs."""
    ends = _thorax_ends(masks)
    return Reading("thoracic_width", _width(ends, grid), grid.length_unit, ends)


def cardiothoracic_ratio(masks: Masks, grid: Grid) -> Reading:
    """Heart width over thoracic width, 0 to 1; points: heart right and left, thorax right and left."""
    heart, thorax = _heart_ends(masks), _thorax_ends(masks)
    ratio = _width(heart, grid) / _width(thorax, grid)
    if ratio >= 1:
        raise NotMeasurable("implausible_masks")
    return Reading("cardiothoracic_ratio", ratio, Unit.RATIO, (*heart, *thorax))
