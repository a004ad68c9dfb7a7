"""The hip overlay: outlines of the femora and, on each side, the head's circle, both axes and the CCD angle."""

from __future__ import annotations

import math

import cv2
import numpy as np

from radcaliper.measurements.catalog import CCD_ANGLE, FEMORAL_HEAD_DIAMETER
from radcaliper.measurements.types import Analysis, Measurement, Point
from radcaliper.pipelines.protocols.drawing import (
    SKY,
    STATUS_COLOURS,
    VERMILION,
    WHITE,
    YELLOW,
    Caption,
    Drawing,
    OverlayImage,
    drawing_of_film,
    labelled_value,
    mask_status,
    status_panel,
    write_captions,
)


def _crossing(head: Point, neck: Point, upper: Point, lower: Point) -> Point:
    """Where the neck's axis meets the shaft's."""
    a, b, c, d = (np.array(point) for point in (head, neck, upper, lower))
    share = np.linalg.lstsq(np.stack([b - a, c - d], axis=1), c - a, rcond=None)[0][0]
    return Point(*map(float, a + share * (b - a)))


def _draw_angle(angle: Measurement, drawing: Drawing) -> list[Caption]:
    """Draw the two axes; returns the angle between them as a caption."""
    if angle.value is None:
        return []
    head, _, _, lower = angle.points
    corner = _crossing(*angle.points)
    drawing.line(corner, head, VERMILION)
    drawing.line(corner, lower, YELLOW)
    x, y = drawing.xy(corner)
    interval = "" if angle.interval is None else "\n[{:.1f}, {:.1f}]".format(*angle.interval)
    shift = -150 if angle.site == "right" else 30
    left = min(max(4, x + shift), drawing.image.shape[1] - 150)
    return [Caption((left, y), f"{angle.value:.1f} deg{interval}", STATUS_COLOURS[angle.status])]


def _draw_head(diameter: Measurement, drawing: Drawing) -> None:
    """Draw the head's circle from the two ends of its diameter."""
    if len(diameter.points) == 2:
        start, end = (np.array(drawing.xy(point)) for point in diameter.points)
        x, y = (start + end) // 2
        cv2.circle(drawing.image, (int(x), int(y)), round(math.dist(start, end) / 2), SKY, 2, cv2.LINE_AA)


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with femora, head circles, axes and angles."""
    drawing = drawing_of_film(analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        drawing.outline(mask, WHITE, 1, mask_status(analysis, name))
    captions: list[Caption] = []
    for measurement in analysis.measurements:
        if measurement.spec is FEMORAL_HEAD_DIAMETER:
            _draw_head(measurement, drawing)
        if measurement.spec is CCD_ANGLE:
            captions += _draw_angle(measurement, drawing)
    lines = [(labelled_value(each), STATUS_COLOURS[each.status]) for each in analysis.measurements]
    return write_captions(drawing.image, captions + status_panel(analysis, lines, drawing.image.shape[0]))
