"""The chest overlay: outlines, the two lines of the cardiothoracic ratio, carina and tubes, qualities and distances."""

from __future__ import annotations

from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO
from radcaliper.measurements.types import Analysis, MaskQuality, Measurement, Point, Status
from radcaliper.pipelines.protocols.canvas import (
    SKY,
    STATUS_COLOURS,
    VERMILION,
    WHITE,
    YELLOW,
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
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of

Lines = list[tuple[str, Colour]]


def _colour(structure: str) -> Colour:
    return bgr(PROTOCOL.structure(structure).colour)


def _draw_cardiothoracic(ratio: Measurement, brush: Brush) -> list[Caption]:
    if len(ratio.points) < 4:
        return []
    captions = []
    for ends, colour, word in ((ratio.points[:2], VERMILION, "heart"), (ratio.points[2:4], SKY, "thorax")):
        # the two ends may lie at different heights: the width is horizontal, so it is drawn at their mean
        row = (ends[0].row + ends[1].row) / 2
        left, right = (Point(row, col) for col in sorted(end.col for end in ends))
        brush.line(left, right, colour)
        x, y = brush.at(left)
        captions.append(Caption((x + 8, y - 26), f"{word} {right.col - left.col + 1:.0f} px", colour))
    return captions


def _draw_courses(analysis: Analysis, brush: Brush) -> list[Caption]:
    """Draw every tube's course; the names that stand at their tips come back."""
    captions = []
    for name, course in ({} if analysis.prediction is None else analysis.prediction.courses).items():
        colour = _colour(name.partition("_")[0])
        brush.course(course.points, colour)
        x, y = brush.at(course.points[-1])
        captions.append(Caption((x + 9, y - 9), name.replace("_", " ").upper(), colour))
    return captions


def _lines_of_tube(quality: MaskQuality, analysis: Analysis) -> Lines:
    """Whether a tube is there, with the probability, and its distances."""
    kind = quality.structure
    chance = f"{quality.presence or 0:.2f}"
    if quality.status is Status.ABSENT:
        return [(f"{kind} absent (probability {chance})", WHITE)]
    lines = [(f"{kind} present ({chance}) {' '.join(quality.reasons)}".rstrip(), _colour(kind))]
    own = [spec for spec in TUBE_MEASUREMENTS if tube_of(spec) == kind]
    return lines + [
        (f"  {each.spec.label} {describe(each)}", STATUS_COLOURS[each.status])
        for each in analysis.measurements
        if each.spec in own
    ]


def _line_of_mask(quality: MaskQuality) -> tuple[str, Colour]:
    words = f"{quality.structure} {quality.quality or 0:.2f} (at least {quality.quality_lower or 0:.2f})"
    return words, _colour(quality.structure)


def _lines(analysis: Analysis) -> Lines:
    ratios = [each for each in analysis.measurements if each.spec is CARDIOTHORACIC_RATIO]
    lines = [(f"CTR {describe(ratio)}", STATUS_COLOURS[ratio.status]) for ratio in ratios]
    tubes = [each for each in analysis.qualities if PROTOCOL.structure(each.structure).may_be_absent]
    lines += [_line_of_mask(each) for each in analysis.qualities if each not in tubes]
    return lines + [line for tube in tubes for line in _lines_of_tube(tube, analysis)]


def draw(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with outlines, measured lines and a panel of values and qualities."""
    brush = film_canvas(analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        brush.outline(mask, _colour(name), 1 if PROTOCOL.structure(name).may_be_absent else 2)
    captions = panel(analysis, _lines(analysis), brush.canvas.shape[0])
    for measurement in analysis.measurements:
        if measurement.spec is CARDIOTHORACIC_RATIO:
            captions += _draw_cardiothoracic(measurement, brush)
    captions += _draw_courses(analysis, brush)
    if "carina" in analysis.landmarks:
        brush.cross(analysis.landmarks["carina"].point, YELLOW)
    return write_captions(brush.canvas, captions)
