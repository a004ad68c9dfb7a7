"""The spine overlay: numbered vertebrae, the end plates of each curve with its angle, the apices."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.types import Analysis, Measurement, Point
from radcaliper.pipelines.protocols.canvas import (
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    Brush,
    Canvas,
    Caption,
    describe,
    film_canvas,
    panel,
    write_captions,
)
from radcaliper.pipelines.protocols.spine.end_plates import lengthened

CURVE_COLOURS: Final = (VERMILION, SKY, YELLOW, PURPLE, ORANGE)
_GAP, _LINE, _WORDS = 10, 22, 380
"""Pixels: between film and words, from line to line, and the width that the words have beside the film."""


def _centre(analysis: Analysis, vertebra: str) -> Point:
    corners = [analysis.landmarks[f"{vertebra}_{corner}"].point for corner in ("tl", "tr", "bl", "br")]
    return Point(*map(float, np.mean(corners, axis=0)))


def _draw_curve(number: Measurement, analysis: Analysis, brush: Brush) -> Caption:
    colour = CURVE_COLOURS[(int(number.site.removeprefix("curve_")) - 1) % len(CURVE_COLOURS)]
    upper, lower = lengthened(*number.points[:2]), lengthened(*number.points[2:])
    brush.line(*upper, colour)
    brush.line(*lower, colour)
    apex = _centre(analysis, number.details["apex"])
    brush.cross(apex, colour)
    words = f"{number.value:.0f} deg [{number.lower:.0f}, {number.upper:.0f}]"
    return Caption((brush.canvas.shape[1] + _GAP, brush.at(apex)[1]), words, colour)


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
        number
        for number in analysis.measurements
        if number.measurement == "cobb_angle" and number.method == "vertebral_tilt" and number.value is not None
    ]


def _number_vertebrae(analysis: Analysis, brush: Brush) -> list[Caption]:
    captions = []
    for quality in analysis.qualities:
        if analysis.segmentation is not None and quality.structure != "spine":
            brush.outline(analysis.segmentation.masks[quality.structure], SKY, 1)
            x, y = brush.at(_centre(analysis, quality.structure))
            captions.append(Caption((x - 9, y - 10), quality.structure.removeprefix("vertebra_").lstrip("0")))
    return captions


def draw_spine(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with its vertebrae, curves and angles; the words stand beside it."""
    brush = film_canvas(analysis)
    height, width = brush.canvas.shape[:2]
    numbers, curves = _number_vertebrae(analysis, brush), _curves(analysis)
    lines = [
        (f"{number.site} {describe(number)}", CURVE_COLOURS[place % len(CURVE_COLOURS)])
        for place, number in enumerate(curves)
    ]
    lines.append(("readers differ by 5 to 7 deg", ORANGE))
    table = [replace(line, place=(width + _GAP, line.place[1])) for line in panel(analysis, lines, height)]
    angles = _spread([_draw_curve(number, analysis, brush) for number in curves], table[0].place[1] - 2 * _LINE)
    wide = np.pad(brush.canvas, ((0, 0), (0, _WORDS), (0, 0)))
    return write_captions(wide, [*numbers, *angles, *table])
