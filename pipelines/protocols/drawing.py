"""What overlays are drawn with: the film as a colour image, lines and outlines in the style of their status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.specs import Rgb
from radcaliper.measurements.types import Analysis, Mask, Point, Radiograph, Status
from radcaliper.models.inference.normalize import normalize_grey

OverlayImage = NDArray[np.uint8]
"""(H, W, 3) blue, green, red."""
GreyPicture = NDArray[np.uint8]
"""(H, W)."""
Path = NDArray[np.int32]
"""(N, 2) x and y of an image's pixels."""

_DASHES: Final = {Status.REVIEW: (14, 9), Status.REFUSED: (3, 8)}
"""Pixels along a line that are drawn, and that are left out, in turn."""
_LONGEST_SIDE: Final = 1024
_DOT: Final = 5
_HALO: Final = (0, 0, 0)
"""Lines lie on a wider dark one, so that they are seen on bone."""


def bgr(colour: Rgb) -> tuple[int, int, int]:
    """A colour of the catalog in the order of OpenCV."""
    red, green, blue = colour
    return blue, green, red


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn: solid if what it shows is ok, dashed if it is to be reviewed, dotted if it is refused."""

    colour: Rgb
    status: Status = Status.OK
    thickness: int = 2


def _dense(path: Path) -> Path:
    """The path with a point a pixel, so that it can be cut into dashes."""
    parts = [np.linspace(a, b, max(2, int(np.abs(b - a).max()) + 1))[:-1] for a, b in pairwise(path)]
    return np.round(np.concatenate([*parts, path[-1:]])).astype(np.int32)


def draw_path(image: OverlayImage, path: Path, stroke: Stroke, *, closed: bool = False) -> None:
    """Draw a line of one pixel steps on an image, in place."""
    dashed = stroke.status in _DASHES
    dash, gap = _DASHES.get(stroke.status, (len(path), 0))
    pieces = [path[start : start + dash] for start in range(0, len(path), dash + gap)]
    cv2.polylines(image, pieces, closed and not dashed, _HALO, stroke.thickness + 2)
    cv2.polylines(image, pieces, closed and not dashed, bgr(stroke.colour), stroke.thickness, cv2.LINE_AA)


@dataclass(frozen=True)
class Drawing:
    """A film's picture and the overlay that the methods draw on it.

    Attributes
    ----------
    film : GreyPicture
        (H, W) the film alone.
    image : OverlayImage
        (H, W, 3) the film with what was drawn.
    scale : float
        Pixels of the image for one of the film.
    """

    film: GreyPicture
    image: OverlayImage
    scale: float

    def xy(self, point: Point) -> tuple[int, int]:
        """The image's (x, y) of a point of the film."""
        return round((point.col + 0.5) * self.scale), round((point.row + 0.5) * self.scale)

    def _dot(self, point: Point, stroke: Stroke) -> None:
        cv2.circle(self.image, self.xy(point), _DOT + 1, _HALO, -1, cv2.LINE_AA)
        cv2.circle(self.image, self.xy(point), _DOT, bgr(stroke.colour), -1, cv2.LINE_AA)

    def line(self, a: Point, b: Point, stroke: Stroke) -> None:
        """Draw a straight line with a dot at each end."""
        self.course((a, b), stroke, marks_tip=False)
        for end in (a, b):
            self._dot(end, stroke)

    def course(self, points: Sequence[Point], stroke: Stroke, *, marks_tip: bool = True) -> None:
        """Draw a line through all points, with a dot at the last if that is the tip."""
        draw_path(self.image, _dense(np.array([self.xy(point) for point in points], np.int32)), stroke)
        if marks_tip:
            self._dot(points[-1], stroke)

    def outline(self, mask: Mask, stroke: Stroke) -> None:
        """Draw the outline of a mask of the film's size."""
        height, width = self.film.shape
        bits = np.ascontiguousarray(mask).view(np.uint8)
        small = cv2.resize(bits, (width, height), interpolation=cv2.INTER_LINEAR)  # 1 where half or more is inside
        corners_suffice = stroke.status not in _DASHES
        how = cv2.CHAIN_APPROX_SIMPLE if corners_suffice else cv2.CHAIN_APPROX_NONE
        for outline in cv2.findContours(small, cv2.RETR_EXTERNAL, how)[0]:
            draw_path(self.image, outline[:, 0], stroke, closed=True)

    def circle(self, centre: Point, radius: float, stroke: Stroke) -> None:
        """Draw a circle; its radius is in the film's pixels."""
        size = max(1, round(radius * self.scale))
        around = cv2.ellipse2Poly(self.xy(centre), (size, size), 0, 0, 360, 2)
        draw_path(self.image, _dense(around), stroke)

    def cross(self, point: Point, colour: Rgb) -> None:
        """Draw a small cross at a point."""
        for thickness, tone in ((4, _HALO), (2, bgr(colour))):
            cv2.drawMarker(self.image, self.xy(point), tone, cv2.MARKER_CROSS, 14, thickness)

    def drawn_on(self) -> NDArray[np.bool_]:
        """(H, W) where something was drawn."""
        blue, red = self.image[..., 0], self.image[..., 2]
        return np.asarray((blue != self.film) | (red != self.film))


def picture_size(shape: tuple[int, int]) -> tuple[int, int]:
    """The (height, width) that a film of a shape has on its overlay: 1024 on its longer side."""
    scale = _LONGEST_SIDE / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def drawing_of_film(film: Radiograph) -> Drawing:
    """A drawing on the film, as an 8-bit colour image."""
    height, width = picture_size(film.shape)
    how = cv2.INTER_AREA if max(film.shape) > _LONGEST_SIDE else cv2.INTER_LINEAR
    grey = normalize_grey(cv2.resize(film.pixels, (width, height), interpolation=how))
    eight = (grey * 255).astype(np.uint8)
    return Drawing(eight, np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR), dtype=np.uint8), height / film.shape[0])


def mask_status(analysis: Analysis, structure: str) -> Status:
    """The status of a structure's mask; ok where no quality is known of it."""
    return next((each.status for each in analysis.qualities if each.structure == structure), Status.OK)
