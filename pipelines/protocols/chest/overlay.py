"""The chest overlay: outlines, the two lines of the cardiothoracic ratio, the carina, the qualities."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.types import Analysis, Measurement, Point
from radcaliper.pipelines.protocols.canvas import (
    BLUE,
    GREEN,
    PURPLE,
    SKY,
    STATUS_COLOURS,
    VERMILION,
    WHITE,
    YELLOW,
    Brush,
    Canvas,
    Caption,
    Colour,
    describe,
    film_canvas,
    panel,
    write_captions,
)
from radcaliper.pipelines.protocols.chest.tube_overlay import TUBE_COLOURS, draw_courses, tube_lines

STRUCTURE_COLOURS: Final[dict[str, Colour]] = {
    "right_lung": SKY,
    "left_lung": GREEN,
    "heart": VERMILION,
    "right_clavicle": YELLOW,
    "left_clavicle": YELLOW,
    "cardiomediastinum": PURPLE,
    "airways": WHITE,
    "spine": BLUE,
    **TUBE_COLOURS,
}


def _draw_cardiothoracic(number: Measurement, brush: Brush) -> list[Caption]:
    if len(number.points) < 4:
        return []
    captions = []
    for ends, colour, word in ((number.points[:2], VERMILION, "heart"), (number.points[2:4], SKY, "thorax")):
        # the two ends may lie at different heights: the width is horizontal, so it is drawn at their mean
        row = (ends[0].row + ends[1].row) / 2
        left, right = (Point(row, col) for col in sorted(end.col for end in ends))
        brush.line(left, right, colour)
        x, y = brush.at(left)
        captions.append(Caption((x + 8, y - 26), f"{word} {right.col - left.col + 1:.0f} px", colour))
    return captions


def _lines(analysis: Analysis) -> list[tuple[str, Colour]]:
    ratios = [m for m in analysis.measurements if m.measurement == "cardiothoracic_ratio"]
    lines = [(f"CTR {describe(ratio)}", STATUS_COLOURS[ratio.status]) for ratio in ratios]
    for quality in analysis.qualities:
        if quality.structure in TUBE_COLOURS:
            continue
        words = f"{quality.structure} {quality.quality or 0:.2f} (at least {quality.quality_lower or 0:.2f})"
        lines.append((words, STRUCTURE_COLOURS[quality.structure]))
    return lines + tube_lines(analysis)


def draw_chest(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with outlines, measured lines and a panel of values and qualities."""
    brush = film_canvas(analysis)
    if analysis.segmentation is not None:
        for name, mask in analysis.segmentation.masks.items():
            brush.outline(mask, STRUCTURE_COLOURS[name], 1 if name in TUBE_COLOURS else 2)
    captions = panel(analysis, _lines(analysis), brush.canvas.shape[0])
    for number in analysis.measurements:
        if number.measurement == "cardiothoracic_ratio":
            captions += _draw_cardiothoracic(number, brush)
    captions += draw_courses(analysis, brush)
    if "carina" in analysis.landmarks:
        brush.cross(analysis.landmarks["carina"].point, YELLOW)
    return write_captions(brush.canvas, captions)
