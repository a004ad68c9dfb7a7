"""The hip overlay: femora, and for each side the head's circle, both axes, and the angle with its interval."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

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
    describe,
    film_canvas,
    panel,
    write_captions,
)

_LABELS: Final = {
    "ccd_angle": "CCD",
    "femoral_head_diameter": "head",
    "femoral_offset": "offset",
    "leg_length_difference": "leg length difference",
}


def _crossing(head: Point, neck: Point, upper: Point, lower: Point) -> Point:
    """Where the neck's axis meets the shaft's."""
    a, b, c, d = (np.array(point) for point in (head, neck, upper, lower))
    share = np.linalg.lstsq(np.stack([b - a, c - d], axis=1), c - a, rcond=None)[0][0]
    return Point(*map(float, a + share * (b - a)))


def _draw_angle(number: Measurement, brush: Brush) -> list[Caption]:
    """The two axes and the angle between them."""
    if number.value is None or number.lower is None or number.upper is None:
        return []
    head, _, _, lower = number.points
    corner = _crossing(*number.points)
    brush.line(corner, head, VERMILION)
    brush.line(corner, lower, YELLOW)
    x, y = brush.at(corner)
    words = f"{number.value:.1f} deg\n[{number.lower:.1f}, {number.upper:.1f}]"
    shift = -150 if number.site == "right" else 30
    place = min(max(4, x + shift), brush.canvas.shape[1] - 150)
    return [Caption((place, y), words, STATUS_COLOURS[number.status])]


def _draw_head(number: Measurement, brush: Brush) -> None:
    """The head's circle between the two ends of its diameter."""
    if len(number.points) == 2:
        (x, y), (end, _) = (brush.at(point) for point in number.points)
        cv2.circle(brush.canvas, ((x + end) // 2, y), abs(end - x) // 2, SKY, 2, cv2.LINE_AA)


def _line(number: Measurement) -> str:
    return f"{_LABELS[number.measurement]} {number.site} {describe(number)}".replace("  ", " ")


def draw_hip(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with femora, head circles, axes and angles."""
    brush = film_canvas(analysis)
    if analysis.segmentation is not None:
        for mask in analysis.segmentation.masks.values():
            brush.outline(mask, WHITE, 1)
    captions: list[Caption] = []
    for number in analysis.measurements:
        if number.measurement == "femoral_head_diameter":
            _draw_head(number, brush)
        if number.measurement == "ccd_angle":
            captions += _draw_angle(number, brush)
    lines = [(_line(number), STATUS_COLOURS[number.status]) for number in analysis.measurements]
    return write_captions(brush.canvas, captions + panel(analysis, lines, brush.canvas.shape[0]))
