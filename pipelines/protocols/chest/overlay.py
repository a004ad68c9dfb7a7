"""The chest overlay: outlines, the two widths of the cardiothoracic ratio, carina, tubes, and a panel of values."""

from __future__ import annotations

import math

from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO
from radcaliper.measurements.types import Analysis, MaskQuality, Measurement, Point, Status
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of
from radcaliper.pipelines.protocols.drawing import (
    SKY,
    STATUS_COLOURS,
    VERMILION,
    WHITE,
    YELLOW,
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

TextLines = list[tuple[str, Bgr]]
"""Lines of text and their colours."""


def _colour(structure: str) -> Bgr:
    return bgr(PROTOCOL.structure(structure).colour)


def _draw_cardiothoracic(ratio: Measurement, drawing: Drawing) -> list[Caption]:
    if len(ratio.points) < 4:
        return []
    captions = []
    for ends, colour, name in ((ratio.points[:2], VERMILION, "heart"), (ratio.points[2:4], SKY, "thorax")):
        start, end = _straightened(*ends)
        drawing.line(start, end, colour)
        x, y = drawing.xy(min(start, end))
        captions.append(Caption((x + 8, y - 26), f"{name} {math.dist(start, end):.0f} px", colour))
    return captions


def _straightened(start: Point, end: Point) -> tuple[Point, Point]:
    """The line that a width is measured along: level, or upright on the pixels of a film that lies on its side."""
    row, col = (start.row + end.row) / 2, (start.col + end.col) / 2
    if abs(end.col - start.col) >= abs(end.row - start.row):
        return Point(row, start.col), Point(row, end.col)
    return Point(start.row, col), Point(end.row, col)


def _draw_courses(analysis: Analysis, drawing: Drawing) -> list[Caption]:
    """Draw every tube's course, with a mark at its tip unless that was refused; returns the tubes' names beside it."""
    captions = []
    for name, course in ({} if analysis.prediction is None else analysis.prediction.courses).items():
        tube = name.partition("_")[0]
        colour, shows_tip = _colour(tube), course.shows_tip and mask_status(analysis, tube) is not Status.REFUSED
        drawing.course(course.points, colour, shows_tip)
        x, y = drawing.xy(course.points[-1 if shows_tip else len(course.points) // 2])
        captions.append(Caption((x + 9, y - 9), name.replace("_", " ").upper(), colour))
    return captions


def _tube_lines(quality: MaskQuality, analysis: Analysis) -> TextLines:
    """Whether a tube is present, with the probability, and its distances."""
    kind = quality.structure
    probability = f"{quality.presence or 0:.2f}"
    if quality.status is Status.ABSENT:
        return [(f"{kind} absent (probability {probability})", WHITE)]
    lines = [(f"{kind} present ({probability}) {' '.join(quality.reasons)}".rstrip(), _colour(kind))]
    own = [spec for spec in TUBE_MEASUREMENTS if tube_of(spec) == kind]
    return lines + [
        (f"  {each.spec.label} {value_with_interval(each)}", STATUS_COLOURS[each.status])
        for each in analysis.measurements
        if each.spec in own
    ]


def _mask_line(quality: MaskQuality) -> tuple[str, Bgr]:
    text = f"{quality.structure} {quality.quality or 0:.2f} (at least {quality.quality_lower or 0:.2f})"
    return text, _colour(quality.structure)


def _lines(analysis: Analysis) -> TextLines:
    ratios = [each for each in analysis.measurements if each.spec is CARDIOTHORACIC_RATIO]
    lines = [(f"CTR {value_with_interval(ratio)}", STATUS_COLOURS[ratio.status]) for ratio in ratios]
    tubes = [each for each in analysis.qualities if PROTOCOL.structure(each.structure).may_be_absent]
    lines += [_mask_line(each) for each in analysis.qualities if each not in tubes]
    return lines + [line for tube in tubes for line in _tube_lines(tube, analysis)]


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with outlines, measured lines, and a panel of values and qualities."""
    drawing = drawing_of_film(analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        thickness = 1 if PROTOCOL.structure(name).may_be_absent else 2
        drawing.outline(mask, _colour(name), thickness, mask_status(analysis, name))
    captions = status_panel(analysis, _lines(analysis), drawing.image.shape[0])
    for measurement in analysis.measurements:
        if measurement.spec is CARDIOTHORACIC_RATIO:
            captions += _draw_cardiothoracic(measurement, drawing)
    captions += _draw_courses(analysis, drawing)
    if "carina" in analysis.landmarks:
        drawing.cross(analysis.landmarks["carina"].point, YELLOW)
    return write_captions(drawing.image, captions)
