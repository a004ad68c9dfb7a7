"""The hip overlay: femora, and for each side the head's circle, both axes, and the angle with its interval."""

from __future__ import annotations

import cv2
import numpy as np

from radcaliper.measurements.catalog import CCD_ANGLE, FEMORAL_HEAD_DIAMETER
from radcaliper.measurements.types import Analysis, Measurement, Point
from radcaliper.pipelines.protocols.canvas import (
    SKY,
    STATUS_COLOURS,
    VERMILION,
    WHITE,
    YELLOW,
    Brush,
    Canvas,
    Caption,
    describe_line,
    film_canvas,
    panel,
    write_captions,
)


def _crossing(head: Point, neck: Point, upper: Point, lower: Point) -> Point:
    """Where the neck's axis meets the shaft's."""
    a, b, c, d = (np.array(point) for point in (head, neck, upper, lower))
    share = np.linalg.lstsq(np.stack([b - a, c - d], axis=1), c - a, rcond=None)[0][0]
    return Point(*map(float, a + share * (b - a)))


def _draw_angle(angle: Measurement, brush: Brush) -> list[Caption]:
    """The two axes and the angle between them."""
    if angle.value is None:
        return []
    head, _, _, lower = angle.points
    corner = _crossing(*angle.points)
    brush.line(corner, head, VERMILION)
    brush.line(corner, lower, YELLOW)
    x, y = brush.at(corner)
    spread = "" if angle.interval is None else "\n[{:.1f}, {:.1f}]".format(*angle.interval)
    shift = -150 if angle.site == "right" else 30
    place = min(max(4, x + shift), brush.canvas.shape[1] - 150)
    return [Caption((place, y), f"{angle.value:.1f} deg{spread}", STATUS_COLOURS[angle.status])]


def _draw_head(diameter: Measurement, brush: Brush) -> None:
    """The head's circle between the two ends of its diameter."""
    if len(diameter.points) == 2:
        (x, y), (end, _) = (brush.at(point) for point in diameter.points)
        cv2.circle(brush.canvas, ((x + end) // 2, y), abs(end - x) // 2, SKY, 2, cv2.LINE_AA)


def draw(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with femora, head circles, axes and angles."""
    brush = film_canvas(analysis)
    for mask in ({} if analysis.prediction is None else analysis.prediction.masks).values():
        brush.outline(mask, WHITE, 1)
    captions: list[Caption] = []
    for measurement in analysis.measurements:
        if measurement.spec is FEMORAL_HEAD_DIAMETER:
            _draw_head(measurement, brush)
        if measurement.spec is CCD_ANGLE:
            captions += _draw_angle(measurement, brush)
    lines = [(describe_line(each), STATUS_COLOURS[each.status]) for each in analysis.measurements]
    return write_captions(brush.canvas, captions + panel(analysis, lines, brush.canvas.shape[0]))
