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
from radcaliper.pipelines.protocols.canvas import (
    ORANGE,
    SKY,
    Brush,
    Canvas,
    Caption,
    Colour,
    bgr,
    describe,
    film_canvas,
    panel,
    write_captions,
)
from radcaliper.pipelines.protocols.spine.end_plates import lengthened

CURVE_COLOURS: Final = (structures.VERMILION, structures.SKY, structures.YELLOW, structures.PURPLE, structures.ORANGE)
_GAP, _LINE, _WORDS = 10, 22, 380
"""Pixels: between film and words, from line to line, and the width that the words have beside the film."""


def _centre(analysis: Analysis, vertebra: str) -> Point:
    corners = [analysis.landmarks[name].point for name in corner_names(vertebra)]
    return Point(*map(float, np.mean(corners, axis=0)))


def _curve_colour(site: str) -> Colour:
    return bgr(CURVE_COLOURS[(curve_number(site) - 1) % len(CURVE_COLOURS)])


def _draw_curve(angle: Measurement, analysis: Analysis, brush: Brush) -> Caption:
    colour = _curve_colour(angle.site)
    upper_left, upper_right, lower_left, lower_right = angle.points
    brush.line(*lengthened(upper_left, upper_right), colour)
    brush.line(*lengthened(lower_left, lower_right), colour)
    apex = _centre(analysis, angle.details["apex"])
    brush.cross(apex, colour)
    spread = "" if angle.interval is None else " [{:.0f}, {:.0f}]".format(*angle.interval)
    return Caption((brush.canvas.shape[1] + _GAP, brush.at(apex)[1]), f"{angle.value:.0f} deg{spread}", colour)


def _spread(captions: list[Caption], lowest: int) -> list[Caption]:
    """Captions below one another, each as near to its place as those below it and ``lowest`` allow."""
    placed: list[Caption] = []
    for caption in sorted(captions, key=lambda each: -each.place[1]):
        x, y = caption.place
        lowest = min(y, lowest)
        placed.append(replace(caption, place=(x, lowest)))
        lowest -= _LINE
    return placed


def _curves(analysis: Analysis) -> list[Measurement]:
    return [
        each
        for each in analysis.measurements
        if each.spec is COBB_ANGLE and each.method == "vertebral_tilt" and each.value is not None
    ]


def _number_vertebrae(analysis: Analysis, brush: Brush) -> list[Caption]:
    captions = []
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        if name != "spine":
            brush.outline(mask, SKY, 1)
            x, y = brush.at(_centre(analysis, name))
            captions.append(Caption((x - 9, y - 10), str(vertebra_number(name))))
    return captions


def draw(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with its vertebrae, curves and angles; the words stand beside it."""
    brush = film_canvas(analysis)
    height, width = brush.canvas.shape[:2]
    numbers, curves = _number_vertebrae(analysis, brush), _curves(analysis)
    lines = [(f"{angle.site} {describe(angle)}", _curve_colour(angle.site)) for angle in curves]
    lines.append(("readers differ by 5 to 7 deg", ORANGE))
    table = [replace(line, place=(width + _GAP, line.place[1])) for line in panel(analysis, lines, height)]
    angles = _spread([_draw_curve(angle, analysis, brush) for angle in curves], table[0].place[1] - 2 * _LINE)
    wide = np.pad(brush.canvas, ((0, 0), (0, _WORDS), (0, 0)))
    return write_captions(wide, [*numbers, *angles, *table])
