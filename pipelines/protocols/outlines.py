"""The overlay of a protocol that has none of its own: outlines, what was measured between, and the values."""

from __future__ import annotations

from itertools import pairwise

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.canvas import (
    STATUS_COLOURS,
    Canvas,
    bgr,
    describe_line,
    film_canvas,
    panel,
    write_captions,
)
from radcaliper.pipelines.protocols.registry import PROTOCOLS


def draw(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with outlines, lines through the measured points, and the values."""
    protocol, brush = PROTOCOLS[analysis.protocol], film_canvas(analysis)
    for name, mask in ({} if analysis.prediction is None else analysis.prediction.masks).items():
        brush.outline(mask, bgr(protocol.structure(name).colour))
    for measurement in analysis.measurements:
        for start, end in pairwise(measurement.points):
            brush.line(start, end, STATUS_COLOURS[measurement.status])
    lines = [(describe_line(each), STATUS_COLOURS[each.status]) for each in analysis.measurements]
    return write_captions(brush.canvas, panel(analysis, lines, brush.canvas.shape[0]))
