"""What was judged on films of the user's own, as one HTML page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import jinja2
import pandas as pd

from radcaliper.measurements.structures import WHITE
from radcaliper.measurements.types import Analysis, Masks
from radcaliper.pipelines.protocols.drawing import Stroke, drawing_of_film
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL

_TEMPLATE: Final = Path(__file__).with_name("page.html")
_JPEG_QUALITY: Final = 80


@dataclass(frozen=True)
class Section:
    """One table of the page."""

    heading: str
    words: str
    table: pd.DataFrame

    @property
    def columns(self) -> list[str]:
        """The table's heads."""
        return [str(column) for column in self.table.columns]

    @property
    def rows(self) -> list[list[str]]:
        """The table's cells; missing ones are empty."""
        return [["" if pd.isna(cell) else str(cell) for cell in row] for row in self.table.itertuples(index=False)]


def picture_of(analysis: Analysis, truth: Masks) -> bytes:
    """A film with what was found and, in white, the true outlines, as a JPEG."""
    drawing = drawing_of_film(analysis.radiograph)
    protocol = EVERY_PROTOCOL[analysis.protocol]
    found = {} if analysis.prediction is None else analysis.prediction.masks
    for name, mask in truth.items():
        drawing.outline(mask, Stroke(WHITE, thickness=1))
        if name in found:
            drawing.outline(found[name], Stroke(protocol.structure(name).colour))
    for measurement in analysis.measurements[:1]:
        for start, end in zip(measurement.points[::2], measurement.points[1::2], strict=False):
            drawing.line(start, end, Stroke(WHITE))
    return bytes(cv2.imencode(".jpg", drawing.image, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))[1].tobytes())


@dataclass(frozen=True)
class Page:
    """What stands on the page."""

    title: str
    facts: str
    verdicts: Sequence[str]
    sections: Sequence[Section]
    plots: Mapping[str, bytes]
    worst: Mapping[str, bytes]
    problems: Sequence[str]

    def html(self) -> str:
        """The page, with all its pictures inside."""
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
            title=self.title,
            facts=self.facts,
            verdicts=self.verdicts,
            sections=[section for section in self.sections if len(section.table)],
            plots=[b64encode(plot).decode() for plot in self.plots.values()],
            worst=[{"image": name, "picture": b64encode(each).decode()} for name, each in self.worst.items()],
            problems=self.problems,
        )
