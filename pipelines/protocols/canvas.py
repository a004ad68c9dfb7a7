"""What overlays are drawn with: the film as a canvas, lines, captions, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from radcaliper.measurements import structures
from radcaliper.measurements.specs import Rgb
from radcaliper.measurements.types import Analysis, Mask, Measurement, Point, Status, Unit
from radcaliper.models.inference.normalize import normalize_grey

Canvas = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red."""


def bgr(colour: Rgb) -> Colour:
    """A colour of the catalog as OpenCV has it."""
    red, green, blue = colour
    return blue, green, red


WHITE: Final = bgr(structures.WHITE)
SKY: Final = bgr(structures.SKY)
GREEN: Final = bgr(structures.GREEN)
VERMILION: Final = bgr(structures.VERMILION)
ORANGE: Final = bgr(structures.ORANGE)
YELLOW: Final = bgr(structures.YELLOW)
PURPLE: Final = bgr(structures.PURPLE)

STATUS_COLOURS: Final = {Status.OK: GREEN, Status.REVIEW: ORANGE, Status.REFUSED: VERMILION}
_SIDE: Final = 1024
_LINE_HEIGHT: Final = 21


@dataclass(frozen=True)
class Caption:
    """Words on an overlay, their upper left corner at the canvas's (x, y)."""

    place: tuple[int, int]
    words: str
    colour: Colour = WHITE


@dataclass(frozen=True)
class Brush:
    """Where to draw: the canvas, and its pixels for each pixel of the film."""

    canvas: Canvas
    scale: float

    def at(self, point: Point) -> tuple[int, int]:
        """The canvas's (x, y) of a point of the film."""
        return round((point.col + 0.5) * self.scale), round((point.row + 0.5) * self.scale)

    def line(self, a: Point, b: Point, colour: Colour) -> None:
        """A line with a dot at each end."""
        for thickness, tone in ((4, (0, 0, 0)), (2, colour)):
            cv2.line(self.canvas, self.at(a), self.at(b), tone, thickness, cv2.LINE_AA)
        for end in (a, b):
            cv2.circle(self.canvas, self.at(end), 5, colour, -1, cv2.LINE_AA)

    def outline(self, mask: Mask, colour: Colour, thickness: int = 2) -> None:
        """The outline of a mask of the film's size."""
        height, width = self.canvas.shape[:2]
        small = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
        outlines, _ = cv2.findContours((small > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(self.canvas, outlines, -1, colour, thickness, cv2.LINE_AA)

    def course(self, places: Sequence[Point], colour: Colour) -> None:
        """A course through many places, with a dot at its last."""
        corners = np.array([self.at(place) for place in places], np.int32)
        for thickness, tone in ((4, (0, 0, 0)), (2, colour)):
            cv2.polylines(self.canvas, [corners], False, tone, thickness, cv2.LINE_AA)
        cv2.circle(self.canvas, self.at(places[-1]), 5, colour, -1, cv2.LINE_AA)

    def cross(self, point: Point, colour: Colour) -> None:
        """A small cross at a point."""
        cv2.drawMarker(self.canvas, self.at(point), colour, cv2.MARKER_CROSS, 14, 2)


def film_canvas(analysis: Analysis) -> Brush:
    """The film in 8-bit colour with its longest side at 1024 pixels."""
    film = analysis.radiograph
    scale = _SIDE / max(film.shape)
    size = max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    eight = (cv2.resize(normalize_grey(film.pixels), size, interpolation=how) * 255).astype(np.uint8)
    return Brush(np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR), dtype=np.uint8), scale)


def write_captions(canvas: Canvas, captions: Sequence[Caption]) -> Canvas:
    """The canvas with all captions, each with a dark rim."""
    picture = Image.fromarray(canvas[..., ::-1])
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=17)
    for caption in captions:
        pen.text(caption.place, caption.words, caption.colour[::-1], font, stroke_width=2, stroke_fill=(0, 0, 0))
    return np.ascontiguousarray(np.asarray(picture)[..., ::-1])


def describe(measurement: Measurement) -> str:
    """A value with its interval and class, or why it was refused."""
    if measurement.value is None or measurement.unit is None:
        return "; ".join(measurement.reasons)
    is_ratio = measurement.unit is Unit.RATIO
    unit, digits = ("", 2) if is_ratio else (f" {measurement.unit.value}", 1)
    spread = "" if measurement.interval is None else "[{:.{d}f}, {:.{d}f}]".format(*measurement.interval, d=digits)
    return " ".join(filter(None, (f"{measurement.value:.{digits}f}{unit}", spread, measurement.reference_class)))


def describe_line(measurement: Measurement) -> str:
    """A measurement's label, its site, and its value or why there is none."""
    return " ".join(filter(None, (measurement.spec.label, measurement.site, describe(measurement))))


def panel(analysis: Analysis, lines: Sequence[tuple[str, Colour]], height: int) -> list[Caption]:
    """The film's status and further lines, in the lower left corner of a canvas of ``height`` rows."""
    status = f"{analysis.protocol}: {analysis.status.value} {' '.join(analysis.reasons)}"
    lines = [(status, STATUS_COLOURS[analysis.status]), *lines]
    top = height - 10 - _LINE_HEIGHT * len(lines)
    return [Caption((10, top + _LINE_HEIGHT * place), words, colour) for place, (words, colour) in enumerate(lines)]
