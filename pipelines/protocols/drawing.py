"""What overlays are drawn with: the film as a colour image, lines, captions and colours."""

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

OverlayImage = NDArray[np.uint8]
"""(H, W, 3) blue, green, red."""
Bgr = tuple[int, int, int]
"""Blue, green, red."""


def bgr(colour: Rgb) -> Bgr:
    """A colour of the catalog in the order of OpenCV."""
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
_DASHES: Final = {Status.REVIEW: (14, 8), Status.REFUSED: (2, 7)}
"""Pixels that are drawn of an outline, and that are left out, in turn."""
_LONGEST_SIDE: Final = 1024
_LINE_HEIGHT: Final = 21


@dataclass(frozen=True)
class Caption:
    """Text on an overlay, with its upper left corner at (x, y) of the overlay's pixels."""

    position: tuple[int, int]
    text: str
    colour: Bgr = WHITE


@dataclass(frozen=True)
class Drawing:
    """An overlay's image, which the methods draw on, and how many of its pixels there are for one of the film."""

    image: OverlayImage
    scale: float

    def xy(self, point: Point) -> tuple[int, int]:
        """The image's (x, y) of a point of the film."""
        return round((point.col + 0.5) * self.scale), round((point.row + 0.5) * self.scale)

    def line(self, a: Point, b: Point, colour: Bgr) -> None:
        """Draw a line with a dot at each end."""
        for thickness, tone in ((4, (0, 0, 0)), (2, colour)):
            cv2.line(self.image, self.xy(a), self.xy(b), tone, thickness, cv2.LINE_AA)
        for end in (a, b):
            cv2.circle(self.image, self.xy(end), 5, colour, -1, cv2.LINE_AA)

    def outline(self, mask: Mask, colour: Bgr, thickness: int = 2, status: Status = Status.OK) -> None:
        """Draw the outline of a mask of the film's size: dashed if it is to be reviewed, dotted if it is refused."""
        height, width = self.image.shape[:2]
        small = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
        outlines, _ = cv2.findContours((small > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for outline in outlines:
            dash, gap = _DASHES.get(status, (len(outline), 0))
            for start in range(0, len(outline), dash + gap):
                closed = status not in _DASHES
                cv2.polylines(self.image, [outline[start : start + dash]], closed, colour, thickness, cv2.LINE_AA)

    def course(self, points: Sequence[Point], colour: Bgr, marks_tip: bool = True) -> None:
        """Draw a line through all points, with a dot at the last if that is the tip."""
        path = np.array([self.xy(point) for point in points], np.int32)
        for thickness, tone in ((4, (0, 0, 0)), (2, colour)):
            cv2.polylines(self.image, [path], False, tone, thickness, cv2.LINE_AA)
        if marks_tip:
            cv2.circle(self.image, self.xy(points[-1]), 5, colour, -1, cv2.LINE_AA)

    def cross(self, point: Point, colour: Bgr) -> None:
        """Draw a small cross at a point."""
        cv2.drawMarker(self.image, self.xy(point), colour, cv2.MARKER_CROSS, 14, 2)


def drawing_of_film(analysis: Analysis) -> Drawing:
    """A drawing on the film, as an 8-bit colour image of 1024 pixels on its longest side."""
    film = analysis.radiograph
    scale = _LONGEST_SIDE / max(film.shape)
    size = max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    eight = (cv2.resize(normalize_grey(film.pixels), size, interpolation=how) * 255).astype(np.uint8)
    return Drawing(np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR), dtype=np.uint8), scale)


def mask_status(analysis: Analysis, structure: str) -> Status:
    """The status of a structure's mask; ok where no quality is known of it."""
    return next((each.status for each in analysis.qualities if each.structure == structure), Status.OK)


def write_captions(image: OverlayImage, captions: Sequence[Caption]) -> OverlayImage:
    """A copy of the image with all captions, each with a dark outline."""
    picture = Image.fromarray(image[..., ::-1])
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=17)
    for caption in captions:
        pen.text(caption.position, caption.text, caption.colour[::-1], font, stroke_width=2, stroke_fill=(0, 0, 0))
    return np.ascontiguousarray(np.asarray(picture)[..., ::-1])


def value_with_interval(measurement: Measurement) -> str:
    """A value with its unit, interval and reference class, or the reasons why there is none."""
    if measurement.value is None or measurement.unit is None:
        return "; ".join(measurement.reasons)
    is_ratio = measurement.unit is Unit.RATIO
    unit, digits = ("", 2) if is_ratio else (f" {measurement.unit.value}", 1)
    interval = "" if measurement.interval is None else "[{:.{d}f}, {:.{d}f}]".format(*measurement.interval, d=digits)
    return " ".join(filter(None, (f"{measurement.value:.{digits}f}{unit}", interval, measurement.reference_class)))


def labelled_value(measurement: Measurement) -> str:
    """A measurement's label and site, and its value or the reasons why there is none."""
    return " ".join(filter(None, (measurement.spec.label, measurement.site, value_with_interval(measurement))))


def status_panel(analysis: Analysis, lines: Sequence[tuple[str, Bgr]], height: int) -> list[Caption]:
    """Captions of the film's status and of further lines, in the lower left corner of an image of ``height`` rows."""
    status = f"{analysis.protocol}: {analysis.status.value} {' '.join(analysis.reasons)}"
    lines = [(status, STATUS_COLOURS[analysis.status]), *lines]
    top = height - 10 - _LINE_HEIGHT * len(lines)
    return [Caption((10, top + _LINE_HEIGHT * row), text, colour) for row, (text, colour) in enumerate(lines)]
