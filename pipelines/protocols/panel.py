"""The words of an overlay, in a panel beside the film."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from radcaliper.measurements.specs import Rgb, StructureSpec
from radcaliper.measurements.structures import GREEN, ORANGE, VERMILION, WHITE
from radcaliper.measurements.types import Analysis, MaskQuality, Status
from radcaliper.pipelines.protocols.drawing import OverlayImage, Stroke, draw_path
from radcaliper.pipelines.protocols.wording import dice_words, is_seen
from radcaliper.qc.reasons import REASONS

_WIDTH: Final = 540
_TEXT: Final = 28
"""Letters of this height are read where the overlay is shown 600 pixels wide."""
_LINE: Final = 36
_MARGIN: Final = 16
_SAMPLE: Final = 44
"""Pixels of a line's sample before the words that explain it."""
_GREY: Final = 24
"""Of the panel."""
_MUTED: Final[Rgb] = (190, 190, 190)
_STATUS_COLOURS: Final = {Status.OK: GREEN, Status.REVIEW: ORANGE, Status.REFUSED: VERMILION}
_STYLES: Final = {Status.OK: "solid", Status.REVIEW: "dashed", Status.REFUSED: "dotted"}

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class PanelLine:
    """A line of words, broken where it is too long, and how the line that it explains is drawn on the film, if any."""

    text: str
    stroke: Stroke | None = None
    colour: Rgb = WHITE
    is_heading: bool = False


@lru_cache(maxsize=8)
def font_of_size(size: int) -> Font:
    """Pillow's own font."""
    return ImageFont.load_default(size=size)


DICE_HEADING: Final = PanelLine("Predicted Dice (at least)", colour=_MUTED, is_heading=True)


def heading(text: str) -> PanelLine:
    """A line above others."""
    return PanelLine(text, colour=_MUTED, is_heading=True)


def note(text: str) -> PanelLine:
    """A line of lesser weight."""
    return PanelLine(text, colour=_MUTED)


def status_lines(label: str, analysis: Analysis) -> list[PanelLine]:
    """What was measured, the film's status, and its reasons in words."""
    first = PanelLine(f"{label}: {analysis.status.value}", colour=_STATUS_COLOURS[analysis.status])
    return [first, *(note(REASONS[code]) for code in analysis.reasons)]


def dice_line(quality: MaskQuality, spec: StructureSpec) -> PanelLine:
    """A structure's predicted Dice, and how its outline is drawn if it was seen."""
    stroke = Stroke(spec.colour, quality.status) if is_seen(quality) else None
    return PanelLine(f"{spec.label} {dice_words(quality)}", stroke)


def _style_line(lines: Sequence[PanelLine]) -> list[PanelLine]:
    """What dashed and dotted lines mean, where there are any among the samples."""
    drawn = {line.stroke.status for line in lines if line.stroke is not None}
    if not drawn - {Status.OK}:
        return []
    return [heading(", ".join(f"{style}: {status.value}" for status, style in _STYLES.items() if status in drawn))]


@lru_cache(maxsize=4096)
def _wrapped(text: str, size: int, width: int) -> tuple[str, ...]:
    """The words on as many lines as they need in letters of a size; the same sentences stand on many films."""
    font, rows = font_of_size(size), [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".lstrip()
        if font.getlength(longer) <= width or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    return tuple(rows)


@dataclass(frozen=True)
class _Row:
    """One row of the panel, ``top`` pixels below its upper edge."""

    top: int
    text: str
    colour: Rgb
    stroke: Stroke | None
    indent: int


def _rows(lines: Iterable[PanelLine]) -> list[_Row]:
    rows: list[_Row] = []
    top = _MARGIN
    for line in lines:
        top += _LINE // 2 if line.is_heading and rows else 0
        indent = _SAMPLE + 12 if line.stroke is not None else 0
        room = _WIDTH - 2 * _MARGIN - indent
        for place, text in enumerate(_wrapped(line.text, _TEXT, room)):
            rows.append(_Row(top, text, line.colour, None if place else line.stroke, indent))
            top += _LINE
    return rows


@lru_cache(maxsize=512)
def _letters(text: str) -> Image.Image:
    """The words on one line, 255 where a letter is; the same ones stand on many films."""
    _, _, right, bottom = font_of_size(_TEXT).getbbox(text)
    picture = Image.new("L", (ceil(right) + 1, ceil(bottom) + 1))
    ImageDraw.Draw(picture).text((0, 0), text, 255, font_of_size(_TEXT))
    return picture


def _written(rows: Sequence[_Row], height: int) -> OverlayImage:
    """A panel with the words."""
    picture = Image.new("RGB", (_WIDTH, height), (_GREY, _GREY, _GREY))
    for row in rows:
        picture.paste(row.colour, (_MARGIN + row.indent, row.top), _letters(row.text))
    return np.asarray(picture)[..., ::-1]


def with_panel(image: OverlayImage, lines: Sequence[PanelLine]) -> OverlayImage:
    """The image with a panel of words at its right; both are filled up below to the height of the other."""
    rows, (height, width) = _rows([*lines, *_style_line(lines)]), image.shape[:2]
    whole = np.full((max(height, rows[-1].top + _LINE + _MARGIN), width + _WIDTH, 3), _GREY, np.uint8)
    whole[:height, :width] = image
    whole[:, width:] = _written(rows, len(whole))
    for row in rows:
        if row.stroke is not None:
            x, y = width + _MARGIN, row.top + _LINE // 2 - 2
            sample = np.stack([np.arange(x, x + _SAMPLE), np.full(_SAMPLE, y)], axis=1)
            draw_path(whole, sample.astype(np.int32), Stroke(row.stroke.colour, row.stroke.status, 4))
    return whole
