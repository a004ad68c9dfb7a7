"""Draw what was measured over the film, so that a person sees it at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from radcaliper.measurements.types import Analysis, Measurement, Point, Status
from radcaliper.models.normalize import normalize_grey

Canvas = NDArray[np.uint8]
Colour = tuple[int, int, int]

_SIDE: Final = 1024
_WHITE: Final[Colour] = (255, 255, 255)
_STRUCTURES: Final[Mapping[str, Colour]] = {  # blue, green, red; Okabe and Ito's colour-blind-safe palette
    "right_lung": (233, 180, 86),
    "left_lung": (115, 158, 0),
    "heart": (0, 94, 213),
    "right_clavicle": (66, 228, 240),
    "left_clavicle": (66, 228, 240),
    "cardiomediastinum": (167, 121, 204),
    "airways": (255, 255, 255),
    "spine": (178, 114, 0),
}
_STATUS: Final[Mapping[Status, Colour]] = {
    Status.OK: (115, 158, 0),
    Status.REVIEW: (0, 159, 230),
    Status.REFUSED: (0, 94, 213),
}


@dataclass(frozen=True)
class Brush:
    """Where to draw: the canvas, and its pixels for each pixel of the film."""

    canvas: Canvas
    scale: float

    def at(self, point: Point) -> tuple[int, int]:
        """The canvas's (x, y) of a point of the film."""
        return round((point.col + 0.5) * self.scale), round((point.row + 0.5) * self.scale)

    def line(self, a: Point, b: Point, colour: Colour) -> None:
        """A line with end ticks."""
        for thickness, tone in ((4, (0, 0, 0)), (2, colour)):
            cv2.line(self.canvas, self.at(a), self.at(b), tone, thickness, cv2.LINE_AA)
        for end in (a, b):
            cv2.circle(self.canvas, self.at(end), 5, colour, -1, cv2.LINE_AA)


@dataclass(frozen=True)
class Caption:
    """Words on an overlay, their upper left corner at the canvas's (x, y)."""

    place: tuple[int, int]
    words: str
    colour: Colour = _WHITE


def write_captions(canvas: Canvas, captions: Sequence[Caption]) -> Canvas:
    """The canvas with all captions, each with a dark rim."""
    picture = Image.fromarray(canvas[..., ::-1])
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=17)
    for caption in captions:
        pen.text(caption.place, caption.words, caption.colour[::-1], font, stroke_width=2, stroke_fill=(0, 0, 0))
    return np.ascontiguousarray(np.asarray(picture)[..., ::-1])


def film_canvas(analysis: Analysis) -> Brush:
    """The film in 8-bit colour with its longest side at 1024 pixels."""
    film = analysis.radiograph
    scale = _SIDE / max(film.shape)
    size = max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale))
    grey = cv2.resize(
        normalize_grey(film.pixels), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    eight = (grey * 255).astype(np.uint8)
    return Brush(np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR), dtype=np.uint8), scale)


def _draw_outlines(analysis: Analysis, brush: Brush) -> None:
    if analysis.segmentation is None:
        return
    height, width = brush.canvas.shape[:2]
    for name, mask in analysis.segmentation.masks.items():
        small = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
        outlines, _ = cv2.findContours((small > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(brush.canvas, outlines, -1, _STRUCTURES.get(name, _WHITE), 2, cv2.LINE_AA)


def _describe(number: Measurement) -> str:
    if number.value is None or number.lower is None or number.upper is None or number.unit is None:
        return "; ".join(number.reasons)
    unit = "" if number.unit == "ratio" else f" {number.unit.value}"
    digits = 2 if number.unit == "ratio" else 1
    spread = f"[{number.lower:.{digits}f}, {number.upper:.{digits}f}]"
    return f"{number.value:.{digits}f}{unit} {spread} {number.reference_class}".rstrip()


def _draw_cardiothoracic(number: Measurement, brush: Brush) -> list[Caption]:
    if len(number.points) < 4:
        return []
    captions = []
    heart, thorax = number.points[:2], number.points[2:4]
    for (a, b), colour, word in ((heart, _STRUCTURES["heart"], "heart"), (thorax, _STRUCTURES["right_lung"], "thorax")):
        # the two ends may lie at different heights: the width is horizontal, so it is drawn at their mean
        row = (a.row + b.row) / 2
        left, right = Point(row, min(a.col, b.col)), Point(row, max(a.col, b.col))
        brush.line(left, right, colour)
        x, y = brush.at(left)
        captions.append(Caption((x + 8, y - 26), f"{word} {right.col - left.col + 1:.0f} px", colour))
    return captions


def _panel(analysis: Analysis, height: int) -> list[Caption]:
    """Status, ratio and qualities in the lower left corner."""
    status = f"{analysis.protocol}: {analysis.status.value} {' '.join(analysis.reasons)}"
    lines = [(status, _STATUS[analysis.status])]
    ratio = next((m for m in analysis.measurements if m.measurement == "cardiothoracic_ratio"), None)
    if ratio is not None:
        lines.append((f"CTR {_describe(ratio)}", _STATUS[ratio.status]))
    for quality in analysis.qualities:
        if quality.quality is not None:
            words = f"{quality.structure} {quality.quality:.2f} (at least {quality.quality_lower or 0:.2f})"
            lines.append((words, _STRUCTURES.get(quality.structure, _WHITE)))
    top = height - 10 - 21 * len(lines)
    return [Caption((10, top + 21 * place), words, colour) for place, (words, colour) in enumerate(lines)]


def draw_overlay(analysis: Analysis) -> Canvas:
    """The film (H', W', 3) in blue, green, red with outlines, measured lines and a panel of values and qualities."""
    brush = film_canvas(analysis)
    _draw_outlines(analysis, brush)
    captions = _panel(analysis, brush.canvas.shape[0])
    for number in analysis.measurements:
        if number.measurement == "cardiothoracic_ratio":
            captions += _draw_cardiothoracic(number, brush)
    if "carina" in analysis.landmarks:
        place = brush.at(analysis.landmarks["carina"].point)
        cv2.drawMarker(brush.canvas, place, _STRUCTURES["right_clavicle"], cv2.MARKER_CROSS, 14, 2)
    return write_captions(brush.canvas, captions)
