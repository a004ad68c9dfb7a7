"""Tubes on the chest overlay: each course in its own colour, its tip, and how far that is from the carina."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from radcaliper.measurements.types import Analysis, MaskQuality, Measurement, Status
from radcaliper.pipelines.protocols.canvas import STATUS_COLOURS, WHITE, Brush, Caption, Colour, describe

TUBE_COLOURS: Final[dict[str, Colour]] = {
    "ett": (0, 255, 255),
    "ngt": (0, 255, 0),
    "cvc": (255, 255, 0),
}
"""Pure yellow, green and cyan: thin lines need more light than outlines, and differ in brightness too."""
_WORDS: Final = {
    "ett_tip_to_carina": "ETT tip to carina",
    "ett_tip_to_carina_tracheal_widths": "in tracheal widths",
    "ngt_tip_to_diaphragm": "NGT tip to diaphragm",
    "cvc_tip_to_carina": "CVC tip to carina",
}


def draw_courses(analysis: Analysis, brush: Brush) -> list[Caption]:
    """Draw every course; the names that stand at their tips come back."""
    if analysis.segmentation is None:
        return []
    captions = []
    for name, places in analysis.segmentation.courses.items():
        colour = TUBE_COLOURS[name.partition("_")[0]]
        brush.course(places, colour)
        x, y = brush.at(places[-1])
        captions.append(Caption((x + 9, y - 9), name.replace("_", " ").upper(), colour))
    return captions


def _of_tube(quality: MaskQuality, numbers: Mapping[str, Measurement]) -> list[tuple[str, Colour]]:
    kind = quality.structure
    chance = f"{quality.presence or 0:.2f}"
    if quality.status is Status.ABSENT:
        return [(f"{kind} absent (probability {chance})", WHITE)]
    lines = [(f"{kind} present ({chance}) {' '.join(quality.reasons)}".rstrip(), TUBE_COLOURS[kind])]
    for name, words in _WORDS.items():
        if name.startswith(kind) and name in numbers:
            lines.append((f"  {words} {describe(numbers[name])}", STATUS_COLOURS[numbers[name].status]))
    return lines


def tube_lines(analysis: Analysis) -> list[tuple[str, Colour]]:
    """The panel's lines on tubes: there or absent with the probability, and the distances."""
    numbers = {number.measurement: number for number in analysis.measurements}
    tubes = [quality for quality in analysis.qualities if quality.structure in TUBE_COLOURS]
    return [line for quality in tubes for line in _of_tube(quality, numbers)]
