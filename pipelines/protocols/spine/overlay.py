"""The spine overlay: numbered vertebrae, the end plates of each curve with its angle, the apices."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements import structures
from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.curves import curve_number
from radcaliper.measurements.spine.vertebra import corner_names, vertebra_number
from radcaliper.measurements.types import Analysis, Measurement, Point
from radcaliper.pipelines.protocols.drawing import (
    ORANGE,
    SKY,
    Bgr,
    Caption,
    Drawing,
    OverlayImage,
    bgr,
    drawing_of_film,
    mask_status,
    status_panel,
    value_with_interval,
    write_captions,
)
from radcaliper.pipelines.protocols.spine.end_plates import extended_end_plate

CURVE_COLOURS: Final = (structures.VERMILION, structures.SKY, structures.YELLOW, structures.PURPLE, structures.ORANGE)
_GAP, _LINE_HEIGHT, _TEXT_WIDTH = 10, 22, 380
"""Pixels between film and text, the height of a line of text, and the width of the text beside the film."""


def _centre(analysis: Analysis, vertebra: str) -> Point:
    corners = [analysis.landmarks[name].point for name in corner_names(vertebra)]
    return Point(*map(float, np.mean(corners, axis=0)))


def _curve_colour(site: str) -> Bgr:
    return bgr(CURVE_COLOURS[(curve_number(site) - 1) % len(CURVE_COLOURS)])


def _draw_curve(angle: Measurement, analysis: Analysis, drawing: Drawing) -> Caption:
    colour = _curve_colour(angle.site)
    upper_left, upper_right, lower_left, lower_right = angle.points
    drawing.line(*extended_end_plate(upper_left, upper_right), colour)
    drawing.line(*extended_end_plate(lower_left, lower_right), colour)
    apex = _centre(analysis, angle.details["apex"])
    drawing.cross(apex, colour)
    interval = "" if angle.interval is None else " [{:.0f}, {:.0f}]".format(*angle.interval)
    return Caption((drawing.image.shape[1] + _GAP, drawing.xy(apex)[1]), f"{angle.value:.0f} deg{interval}", colour)


def _without_overlap(captions: list[Caption], lowest: int) -> list[Caption]:
    """The captions moved upwards where they would overlap, none of them below row ``lowest``."""
    placed: list[Caption] = []
    for caption in sorted(captions, key=lambda each: -each.position[1]):
        x, y = caption.position
        lowest = min(y, lowest)
        placed.append(replace(caption, position=(x, lowest)))
        lowest -= _LINE_HEIGHT
    return placed


def _curves(analysis: Analysis) -> list[Measurement]:
    return [
        each
        for each in analysis.measurements
        if each.spec is COBB_ANGLE and each.method == "vertebral_tilt" and each.value is not None
    ]


def _number_vertebrae(analysis: Analysis, drawing: Drawing) -> list[Caption]:
    captions = []
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        if name != "spine":
            drawing.outline(mask, SKY, 1, mask_status(analysis, name))
            x, y = drawing.xy(_centre(analysis, name))
            captions.append(Caption((x - 9, y - 10), str(vertebra_number(name))))
    return captions


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with vertebrae, curves and angles, and text beside it."""
    drawing = drawing_of_film(analysis)
    height, width = drawing.image.shape[:2]
    numbers, curves = _number_vertebrae(analysis, drawing), _curves(analysis)
    lines = [(f"{angle.site} {value_with_interval(angle)}", _curve_colour(angle.site)) for angle in curves]
    lines.append(("readers differ by 5 to 7 deg", ORANGE))
    table = [replace(line, position=(width + _GAP, line.position[1])) for line in status_panel(analysis, lines, height)]
    captions = [_draw_curve(angle, analysis, drawing) for angle in curves]
    angles = _without_overlap(captions, table[0].position[1] - 2 * _LINE_HEIGHT)
    wide = np.pad(drawing.image, ((0, 0), (0, _TEXT_WIDTH), (0, 0)))
    return write_captions(wide, [*numbers, *angles, *table])
