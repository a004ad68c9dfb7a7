"""The chest overlay: outlines, the two widths of the cardiothoracic ratio, carina, tubes, and the words beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from radcaliper.measurements import catalog
from radcaliper.measurements.specs import Rgb
from radcaliper.measurements.structures import SKY, VERMILION, YELLOW
from radcaliper.measurements.types import Analysis, MaskQuality, Measurement, Point, Status
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of
from radcaliper.pipelines.protocols.drawing import Drawing, OverlayImage, Stroke, drawing_of_film, mask_status
from radcaliper.pipelines.protocols.labels import Label, around, write_labels
from radcaliper.pipelines.protocols.panel import (
    DICE_HEADING,
    PanelLine,
    dice_line,
    heading,
    note,
    status_lines,
    with_panel,
)
from radcaliper.pipelines.protocols.wording import labelled_value, plain_value, value_words
from radcaliper.qc.reasons import REASONS

_NUMBER: Final = re.compile(r"_\d+$")
"""What the name of a second line of a kind ends with."""
_WIDTHS: Final = ((catalog.HEART_WIDTH, VERMILION), (catalog.THORACIC_WIDTH, SKY))
"""The widths that the cardiothoracic ratio is made of, in the order of its points."""


def _colour(structure: str) -> Rgb:
    return PROTOCOL.structure(structure).colour


def _found(analysis: Analysis, name: str, site: str = "") -> Measurement | None:
    return next((each for each in analysis.measurements if (each.name, each.site) == (name, site)), None)


def _straightened(start: Point, end: Point) -> tuple[Point, Point]:
    """The line that a width is measured along: level, or upright on the pixels of a film that lies on its side."""
    row, col = (start.row + end.row) / 2, (start.col + end.col) / 2
    if abs(end.col - start.col) >= abs(end.row - start.row):
        return Point(row, start.col), Point(row, end.col)
    return Point(start.row, col), Point(end.row, col)


def _draw_widths(analysis: Analysis, drawing: Drawing) -> list[Label]:
    """Draw the widths of heart and thorax; returns their values."""
    ratio = _found(analysis, catalog.CARDIOTHORACIC_RATIO.name)
    if ratio is None or len(ratio.points) < 4:
        return []
    labels = []
    for (spec, colour), ends in zip(_WIDTHS, (ratio.points[:2], ratio.points[2:4]), strict=True):
        start, end = _straightened(*ends)
        drawing.line(start, end, Stroke(colour, ratio.status))
        width = _found(analysis, spec.name)
        if width is not None and width.value is not None:
            labels.append(Label(plain_value(width), around(max(start, end), min(start, end)), colour))
    return labels


def _draw_courses(analysis: Analysis, drawing: Drawing) -> list[Label]:
    """Draw every tube's course, with a mark at its tip unless that was refused; returns the distances of the tips."""
    labels = []
    for name, course in ({} if analysis.prediction is None else analysis.prediction.courses).items():
        tube = _NUMBER.sub("", name)
        status = mask_status(analysis, tube)
        shows_tip = course.shows_tip and status is not Status.REFUSED
        drawing.course(course.points, Stroke(_colour(tube), status, 3), marks_tip=shows_tip)
        if shows_tip and name == tube:
            values = [plain_value(each) for each in _distances(analysis, tube)]
            labels += [Label(value, around(course.points[-1]), _colour(tube)) for value in values[:1] if value]
    return labels


def _distances(analysis: Analysis, tube: str) -> list[Measurement]:
    own = {spec.name for spec in TUBE_MEASUREMENTS if tube_of(spec) == tube}
    return [each for each in analysis.measurements if each.name in own]


def _ratio_lines(analysis: Analysis) -> list[PanelLine]:
    """The cardiothoracic ratio, and the widths that it is made of with the lines that stand for them."""
    ratio = _found(analysis, catalog.CARDIOTHORACIC_RATIO.name)
    if ratio is None:
        return []
    lines = [heading("Cardiothoracic ratio"), PanelLine(value_words(ratio, analysis.reasons))]
    for spec, colour in _WIDTHS:
        width = _found(analysis, spec.name)
        if ratio.points and width is not None and width.value is not None:
            lines.append(PanelLine(f"{spec.label} {plain_value(width)}", Stroke(colour, ratio.status)))
    return lines


def _tube_lines(tubes: Sequence[MaskQuality], analysis: Analysis) -> list[PanelLine]:
    """Whether each tube is present, with the probability, and its distances; each reason is said once."""
    lines = [heading("Tubes and lines (probability)")] if tubes else []
    said = {*analysis.reasons}
    for tube in tubes:
        spec = PROTOCOL.structure(tube.structure)
        probability = "" if tube.presence is None else f" {tube.presence:.2f}"
        if tube.status is Status.ABSENT:
            lines.append(note(f"{spec.label} absent{probability}"))
            continue
        lines.append(PanelLine(f"{spec.label}{probability}", Stroke(spec.colour, tube.status, 3)))
        lines += [note(REASONS[code]) for code in tube.reasons if code not in said]
        said.update(tube.reasons)
        lines += [PanelLine(labelled_value(each, said)) for each in _distances(analysis, tube.structure)]
    return lines


def _lines(analysis: Analysis) -> list[PanelLine]:
    tubes = [each for each in analysis.qualities if PROTOCOL.structure(each.structure).may_be_absent]
    masks = [each for each in analysis.qualities if each not in tubes]
    return [
        *status_lines(PROTOCOL.label, analysis),
        *_ratio_lines(analysis),
        DICE_HEADING,
        *(dice_line(each, PROTOCOL.structure(each.structure)) for each in masks),
        *_tube_lines(tubes, analysis),
    ]


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with outlines and measured lines, and a panel of words beside it."""
    drawing = drawing_of_film(analysis.radiograph)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        if not PROTOCOL.structure(name).may_be_absent:  # a tube is drawn by its course
            drawing.outline(mask, Stroke(_colour(name), mask_status(analysis, name)))
    labels = _draw_widths(analysis, drawing) + _draw_courses(analysis, drawing)
    if "carina" in analysis.landmarks:
        drawing.cross(analysis.landmarks["carina"].point, YELLOW)
    write_labels(drawing, labels)
    return with_panel(drawing.image, _lines(analysis))
