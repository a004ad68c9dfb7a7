"""Heart width, inner thoracic width and their ratio (Danzer 1919).

Each is measured between two ends, which come from masks or from an edit.
"""

from __future__ import annotations

from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO, HEART_WIDTH, THORACIC_WIDTH
from radcaliper.measurements.chest.extents import left_end, right_end, structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

WidthEnds = tuple[Point, Point]
"""The end to the patient's right (image left), and the one to the left."""


def heart_ends(masks: Masks) -> WidthEnds:
    """The heart's outermost places to the patient's right (image left) and left."""
    heart = structure(masks, "heart")
    return left_end(heart), right_end(heart)


def thorax_ends(masks: Masks) -> WidthEnds:
    """The outermost places of the right lung (image left) and of the left lung."""
    right, left = structure(masks, "right_lung"), structure(masks, "left_lung")
    return left_end(right), right_end(left)


def _width(ends: WidthEnds, grid: Grid) -> float:
    """The horizontal distance of two ends, on pixels' edges; NotMeasurable where they are in reverse order."""
    if ends[0].col >= ends[1].col:
        raise NotMeasurable("implausible_masks")
    return (ends[1].col - ends[0].col) * grid.col


def heart_width_between(ends: WidthEnds, grid: Grid) -> MeasuredValue:
    """Horizontal heart width between two ends."""
    return HEART_WIDTH.value(_width(ends, grid), grid, ends)


def thoracic_width_between(ends: WidthEnds, grid: Grid) -> MeasuredValue:
    """Horizontal width of the thorax between two ends."""
    return THORACIC_WIDTH.value(_width(ends, grid), grid, ends)


def cardiothoracic_ratio_between(heart: WidthEnds, thorax: WidthEnds, grid: Grid) -> MeasuredValue:
    """Heart width over thoracic width, 0 to 1; points: heart right and left, thorax right and left."""
    ratio = _width(heart, grid) / _width(thorax, grid)
    if ratio >= 1:
        raise NotMeasurable("implausible_masks")
    return CARDIOTHORACIC_RATIO.value(ratio, grid, (*heart, *thorax))


def heart_width(masks: Masks, grid: Grid) -> MeasuredValue:
    """Greatest horizontal heart width: the greatest extents right and left of the midline together."""
    return heart_width_between(heart_ends(masks), grid)


def thoracic_width(masks: Masks, grid: Grid) -> MeasuredValue:
    """Greatest horizontal distance between the outer borders of the lungs."""
    return thoracic_width_between(thorax_ends(masks), grid)


def cardiothoracic_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """The ratio of the two greatest widths, 0 to 1; points as in ``cardiothoracic_ratio_between``."""
    return cardiothoracic_ratio_between(heart_ends(masks), thorax_ends(masks), grid)
