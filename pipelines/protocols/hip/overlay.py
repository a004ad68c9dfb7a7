"""The hip overlay: outlines of the femora and, on each side, the head's circle, both axes and the CCD angle."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from radcaliper.measurements import catalog
from radcaliper.measurements.structures import ORANGE, VERMILION, YELLOW
from radcaliper.measurements.types import Analysis, Measurement, Point
from radcaliper.pipelines.protocols.drawing import Drawing, OverlayImage, Stroke, drawing_of_film, mask_status
from radcaliper.pipelines.protocols.hip import PROTOCOL
from radcaliper.pipelines.protocols.labels import Label, around, write_labels
from radcaliper.pipelines.protocols.panel import DICE_HEADING, PanelLine, dice_line, heading, status_lines, with_panel
from radcaliper.pipelines.protocols.wording import plain_value, value_words

HEAD_COLOUR: Final = ORANGE
NECK_COLOUR: Final = VERMILION
SHAFT_COLOUR: Final = YELLOW
_SITES: Final = {"right": "Right hip", "left": "Left hip", "": "Both hips"}


def _crossing(head: Point, neck: Point, upper: Point, lower: Point) -> Point:
    """Where the neck's axis meets the shaft's."""
    a, b, c, d = (np.array(point) for point in (head, neck, upper, lower))
    share = np.linalg.lstsq(np.stack([b - a, c - d], axis=1), c - a, rcond=None)[0][0]
    return Point(*map(float, a + share * (b - a)))


def _draw_angle(angle: Measurement, drawing: Drawing) -> list[Label]:
    """Draw the two axes; returns the angle between them."""
    if angle.value is None:
        return []
    head, _, _, lower = angle.points
    corner = _crossing(*angle.points)
    drawing.line(corner, head, Stroke(NECK_COLOUR, angle.status))
    drawing.line(corner, lower, Stroke(SHAFT_COLOUR, angle.status))
    return [Label(plain_value(angle), around(lower, corner, head), SHAFT_COLOUR)]


def _draw_head(diameter: Measurement, drawing: Drawing) -> None:
    """Draw the head's circle from the two ends of its diameter."""
    if len(diameter.points) == 2:
        start, end = diameter.points
        centre = Point((start.row + end.row) / 2, (start.col + end.col) / 2)
        drawing.circle(centre, math.dist(start, end) / 2, Stroke(HEAD_COLOUR, diameter.status))


def _stroke(measurement: Measurement) -> Stroke | None:
    """How what a number stands for is drawn."""
    colours = {catalog.CCD_ANGLE.name: SHAFT_COLOUR, catalog.FEMORAL_HEAD_DIAMETER.name: HEAD_COLOUR}
    if measurement.value is None or measurement.name not in colours:
        return None
    return Stroke(colours[measurement.name], measurement.status)


def _lines(analysis: Analysis) -> list[PanelLine]:
    lines = status_lines(PROTOCOL.label, analysis)
    for site, words in _SITES.items():
        own = [each for each in analysis.measurements if each.site == site]
        lines += [heading(words)] if own else []
        said = {*analysis.reasons}
        for each in own:
            lines.append(PanelLine(f"{each.spec.label} {value_words(each, said)}", _stroke(each)))
            said.update(each.reasons)
    dice = (dice_line(each, PROTOCOL.structure(each.structure)) for each in analysis.qualities)
    return [*lines, DICE_HEADING, *dice]


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with femora, head circles and axes, and a panel of words beside it."""
    drawing = drawing_of_film(analysis.radiograph)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        drawing.outline(mask, Stroke(PROTOCOL.structure(name).colour, mask_status(analysis, name)))
    labels: list[Label] = []
    for measurement in analysis.measurements:
        if measurement.name == catalog.FEMORAL_HEAD_DIAMETER.name:
            _draw_head(measurement, drawing)
        if measurement.name == catalog.CCD_ANGLE.name:
            labels += _draw_angle(measurement, drawing)
    write_labels(drawing, labels)
    return with_panel(drawing.image, _lines(analysis))
