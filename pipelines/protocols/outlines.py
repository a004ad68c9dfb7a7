"""The default overlay of a protocol: outlines of masks, lines through the measured points, and the values."""

from __future__ import annotations

from itertools import pairwise

from radcaliper.measurements.structures import WHITE
from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.drawing import OverlayImage, Stroke, drawing_of_film, mask_status
from radcaliper.pipelines.protocols.panel import PanelLine, heading, status_lines, with_panel
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.protocols.wording import dice_words, is_seen, labelled_value


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with outlines and measured lines, and a panel of words beside it."""
    protocol, drawing = PROTOCOLS[analysis.protocol], drawing_of_film(analysis.radiograph)
    lines = status_lines(protocol.label, analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        drawing.outline(mask, Stroke(protocol.structure(name).colour, mask_status(analysis, name)))
    for measurement in analysis.measurements:
        style = Stroke(WHITE, measurement.status)
        for start, end in pairwise(measurement.points):
            drawing.line(start, end, style)
        lines.append(PanelLine(labelled_value(measurement, analysis.reasons), style if measurement.points else None))
    lines.append(heading("Predicted Dice (at least)"))
    for quality in analysis.qualities:
        spec = protocol.structure(quality.structure)
        stroke = Stroke(spec.colour, quality.status) if is_seen(quality) else None
        lines.append(PanelLine(f"{spec.label} {dice_words(quality)}", stroke))
    return with_panel(drawing.image, lines)
