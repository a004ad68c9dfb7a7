"""Short values on the film, each at the end of its line, where they cover neither a line nor one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from radcaliper.measurements.specs import Rgb
from radcaliper.measurements.types import Point
from radcaliper.pipelines.protocols.drawing import Drawing, OverlayImage
from radcaliper.pipelines.protocols.panel import font_of_size

_HALO: Final = 3
_GAPS: Final = (9, 24, 40)
"""Pixels between a label and its place: as near as there is room."""
_SIDES: Final = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
"""Beside a place first."""
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True)
class Spot:
    """Where a label may stand: ``gap`` pixels from a place on the film, to the side that ``step`` (x, y) names."""

    place: Point
    step: tuple[int, int]
    gap: int = _GAPS[0]

    def box(self, drawing: Drawing, width: int, height: int) -> Box:
        """The pixels of a label of a size."""
        (x, y), (right, down) = drawing.xy(self.place), self.step
        left = round(x + right * (self.gap + width / 2) - width / 2)
        top = round(y + down * (self.gap + height / 2) - height / 2)
        return left, top, left + width, top + height


def around(*places: Point) -> tuple[Spot, ...]:
    """The spots around places, the nearest ones first."""
    return tuple(Spot(place, side, gap) for gap in _GAPS for place in places for side in _SIDES)


@dataclass(frozen=True)
class Label:
    """A few letters for one of several spots, the best first."""

    text: str
    spots: Sequence[Spot]
    colour: Rgb
    size: int = 26


def _is_free(box: Box, taken: NDArray[np.bool_]) -> bool:
    left, top, right, bottom = box
    height, width = taken.shape
    inside = left >= 0 and top >= 0 and right <= width and bottom <= height
    return inside and not taken[top:bottom, left:right].any()


def _write(image: OverlayImage, label: Label, box: Box) -> None:
    left, top, right, bottom = box
    patch = Image.fromarray(image[top:bottom, left:right, ::-1])
    style = {"stroke_width": _HALO, "stroke_fill": (0, 0, 0), "anchor": "lt"}
    ImageDraw.Draw(patch).text((_HALO, _HALO), label.text, label.colour, font_of_size(label.size), **style)  # type: ignore[arg-type]
    image[top:bottom, left:right] = np.asarray(patch)[..., ::-1]


def write_labels(drawing: Drawing, labels: Iterable[Label]) -> None:
    """Write every label at the first of its spots that is free; one without such a spot is left out.

    What a label says stands in the words beside the film too.
    """
    taken = drawing.drawn_on()
    for label in labels:
        left, top, right, bottom = font_of_size(label.size).getbbox(label.text, anchor="lt")
        size = round(right - left) + 2 * _HALO, round(bottom - top) + 2 * _HALO
        boxes = (spot.box(drawing, *size) for spot in label.spots)
        box = next((each for each in boxes if _is_free(each, taken)), None)
        if box is not None:
            _write(drawing.image, label, box)
            taken[box[1] : box[3], box[0] : box[2]] = True
