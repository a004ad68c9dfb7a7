"""The default overlay of a protocol: outlines of masks, lines through the measured points, and the values."""

from __future__ import annotations

from itertools import pairwise

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.drawing import (
    STATUS_COLOURS,
    OverlayImage,
    bgr,
    drawing_of_film,
    labelled_value,
    mask_status,
    status_panel,
    write_captions,
)
from radcaliper.pipelines.protocols.registry import PROTOCOLS


def draw(analysis: Analysis) -> OverlayImage:
    """The film (H', W', 3) in blue, green, red with outlines, lines through the measured points, and the values."""
    protocol, drawing = PROTOCOLS[analysis.protocol], drawing_of_film(analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        drawing.outline(mask, bgr(protocol.structure(name).colour), status=mask_status(analysis, name))
    for measurement in analysis.measurements:
        for start, end in pairwise(measurement.points):
            drawing.line(start, end, STATUS_COLOURS[measurement.status])
    lines = [(labelled_value(each), STATUS_COLOURS[each.status]) for each in analysis.measurements]
    return write_captions(drawing.image, status_panel(analysis, lines, drawing.image.shape[0]))
