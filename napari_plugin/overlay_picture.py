"""Masks and measured lines as one picture of what the canvas shows, at the screen's resolution.

napari's own layers of shapes and labels take half a second to show a line that moved; this takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from radcaliper.measurements.types import Mask, Point, Status
from radcaliper.napari_plugin.colours import colour_of
from radcaliper.napari_plugin.screen_view import ScreenView
from radcaliper.pipelines.review.protocol import MeasuredLine

Picture = NDArray[np.uint8]
"""(H, W, 4) red, green, blue, opacity."""
_DASHES: Final = {Status.REVIEW: [5.0, 4.0], Status.REFUSED: [1.5, 4.0], Status.ABSENT: [1.5, 4.0]}
"""Accepted lines are solid, doubtful ones dashed, refused ones dotted."""
_FILL: Final = 0.16
"""Opacity of a mask's inside."""
_LINE_WIDTH, _OUTLINE_WIDTH, _THIN_WIDTH = 2.0, 1.5, 1.0
_FONT_PIXELS: Final = 13
_HANDLE, _CHOSEN = QColor("#E69F00"), QColor("#56B4E9")
_ASIDE: Final = ((0.0, 0.0), (0.0, -1.3), (0.0, 1.3), (1.2, 0.0), (-1.2, 0.0))
"""Where a word may stand from its place, in its own widths and heights, so that words do not cover each other."""
Outlines = Mapping[str, tuple[NDArray[np.float64], ...]]
"""The outlines (N, 2) of each structure's mask as (row, col) on the film."""


@dataclass(frozen=True)
class Mark:
    """A handle at a place of the film: its diameter in pixels of the screen, and its name, empty for none."""

    at: Point
    size: int
    chosen: bool = False
    name: str = ""


def outlines_of(mask: Mask) -> tuple[NDArray[np.float64], ...]:
    """The closed outlines of a mask and of its holes, each (N, 2) as (row, col)."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return tuple(outline[:, 0, ::-1].astype(np.float64) for outline in found if len(outline) > 2)


def _polygon(view: ScreenView, path: ArrayLike) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in view.xy(path).tolist()])


def _pen(colour: QColor, width: float, status: Status) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if status in _DASHES:
        pen.setDashPattern(_DASHES[status])
    return pen


def _painter(image: QImage) -> QPainter:
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def masks_picture(view: ScreenView, outlines: Outlines, statuses: Mapping[str, Status]) -> QImage:
    """The masks as faint areas with outlines in their structures' colours, of the view's shape."""
    image = QImage(view.shape[1], view.shape[0], QImage.Format.Format_RGBA8888_Premultiplied)
    image.fill(0)
    painter = _painter(image)
    for structure, rings in outlines.items():
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for ring in rings:
            path.addPolygon(_polygon(view, ring))
            path.closeSubpath()
        colour = QColor.fromRgbF(*colour_of(structure))
        faint = QColor(colour)
        faint.setAlphaF(_FILL)
        painter.fillPath(path, QBrush(faint))
        painter.strokePath(path, _pen(colour, _OUTLINE_WIDTH, statuses.get(structure, Status.OK)))
    painter.end()
    return image


def _draw_line(painter: QPainter, view: ScreenView, line: MeasuredLine) -> None:
    width = _THIN_WIDTH if line.colour_key == "vertebra" else _LINE_WIDTH
    painter.setPen(_pen(QColor.fromRgbF(*colour_of(line.colour_key)), width, line.status))
    if line.closed:
        painter.drawPolygon(_polygon(view, line.path))
    else:
        painter.drawPolyline(_polygon(view, line.path))


def _free_place(box: QRectF, taken: Sequence[QRectF]) -> QRectF:
    """The box, moved aside where it would cover another one."""
    for across, down in _ASIDE:
        moved = box.translated(across * box.width(), down * box.height())
        if not any(moved.intersects(other) for other in taken):
            return moved
    return box


def _draw_marks(painter: QPainter, view: ScreenView, marks: Sequence[Mark]) -> None:
    for mark in marks:
        (centre,) = view.xy(mark.at).tolist()
        radius = mark.size / 2
        painter.setPen(QPen(_CHOSEN if mark.chosen else _HANDLE, mark.size / 4))
        painter.setBrush(QBrush(QColor("white")))
        painter.drawEllipse(QPointF(*centre), radius - 1, radius - 1)


def _words(view: ScreenView, lines: Iterable[MeasuredLine], marks: Iterable[Mark]) -> list[tuple[str, QPointF, QColor]]:
    """The labels of lines, each in its line's middle, and the names of handles above these."""
    found = []
    for line in lines:
        if line.label:
            (middle,) = view.xy(np.mean(line.path, axis=0)).tolist()
            found.append((line.label, QPointF(*middle), _bright(QColor.fromRgbF(*colour_of(line.colour_key)))))
    for mark in marks:
        if mark.name:
            ((x, y),) = view.xy(mark.at).tolist()
            found.append((mark.name, QPointF(x, y - 1.6 * mark.size), QColor("white")))
    return found


def _bright(colour: QColor) -> QColor:
    """A colour half way to white, in which words are read on dark and on bright parts."""
    red, green, blue, _ = colour.getRgb()
    return QColor((255 + red) // 2, (255 + green) // 2, (255 + blue) // 2)


def _draw_words(painter: QPainter, width: int, words: Iterable[tuple[str, QPointF, QColor]]) -> None:
    """Words with a dark halo, none beyond the picture's sides, and none on another one where there is room."""
    font = QFont()
    font.setPixelSize(_FONT_PIXELS)
    font.setBold(True)
    metrics, taken = QFontMetricsF(font), list[QRectF]()
    for text, middle, colour in words:
        wide, high = metrics.horizontalAdvance(text), metrics.height()
        left = min(max(middle.x() - wide / 2, 2.0), width - wide - 2)
        box = _free_place(QRectF(left, middle.y() - high / 2, wide, high), taken)
        taken.append(box)
        path = QPainterPath()
        path.addText(QPointF(box.left(), box.bottom() - metrics.descent()), font, text)
        painter.strokePath(path, QPen(QColor(0, 0, 0), 3.0))
        painter.fillPath(path, QBrush(colour))


def with_lines(masks: QImage, view: ScreenView, lines: Sequence[MeasuredLine], marks: Sequence[Mark]) -> Picture:
    """The picture of the masks with lines, handles and words over it; the given one stays as it is."""
    image = masks.copy()
    painter = _painter(image)
    for line in lines:
        _draw_line(painter, view, line)
    _draw_marks(painter, view, marks)
    _draw_words(painter, view.shape[1], _words(view, lines, marks))
    painter.end()
    return _pixels(image)


def _pixels(image: QImage) -> Picture:
    """The image's pixels, not premultiplied; Qt's rows of 4 bytes a pixel have no gaps."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    bits = plain.constBits()
    if hasattr(bits, "setsize"):  # PyQt's pointer does not know its length; PySide's view does
        bits.setsize(plain.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(plain.height(), plain.width(), 4).copy()
