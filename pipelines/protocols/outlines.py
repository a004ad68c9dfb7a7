"""The default overlay of a protocol: outlines of masks, lines through the measured points, and the values."""

from __future__ import annotations

from itertools import pairwise

from radcaliper.measurements.structures import WHITE
from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.drawing import OverlayImage, Stroke, drawing_of_film, mask_status
from radcaliper.pipelines.protocols.panel import DICE_HEADING, PanelLine, dice_line, status_lines, with_panel
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.protocols.wording import labelled_value


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with outlines and measured lines, and a panel of words beside it."""
    protocol, drawing = EVERY_PROTOCOL[analysis.protocol], drawing_of_film(analysis.radiograph)
    lines = status_lines(protocol.label, analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        drawing.outline(mask, Stroke(protocol.structure(name).colour, mask_status(analysis, name)))
    for measurement in analysis.measurements:
        style = Stroke(WHITE, measurement.status)
        for start, end in pairwise(measurement.points):
            drawing.line(start, end, style)
        lines.append(PanelLine(labelled_value(measurement, analysis.reasons), style if measurement.points else None))
    dice = (dice_line(each, protocol.structure(each.structure)) for each in analysis.qualities)
    return with_panel(drawing.image, [*lines, DICE_HEADING, *dice])
