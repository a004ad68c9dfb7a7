"""A film as its file stores it, and how it is brought upright, to square pixels, and to what was exposed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.file_geometry import FileGeometry
from radcaliper.measurements.types import PixelSpacing, Projection, Radiograph, SpacingSource
from radcaliper.pipelines.reading.exposed import exposed_box
from radcaliper.pipelines.reading.file_frame import spacing_from_file
from radcaliper.pipelines.reading.orientation import Turn
from radcaliper.pipelines.reading.possible_spacing import is_possible
from radcaliper.qc.gates.burned_in_text import shows_text

_SQUARE: Final = 1e-3
"""Sides of a pixel that differ by less than this share are equal."""
_COARSE: Final = 320
"""Pixels on the longer side, under which outlines would go by whole pixels that are coarse for what is measured."""


@dataclass(frozen=True, eq=False)
class StoredFilm:
    """What a reader finds in a file: ``pixels`` float32 (H, W) as stored, bone bright, and what the file says of them.

    ``aspect`` is a pixel's height over its width where no spacing says it; ``turn`` brings the film upright;
    ``burned_in`` says that the header tells of words in the pixels.
    """

    pixels: NDArray[np.float32]
    spacing: PixelSpacing | None = None
    aspect: float = 1.0
    turn: Turn = field(default_factory=Turn)
    view: str = ""
    laterality: str = ""
    projection: Projection | None = None
    sides_tagged: bool = False
    implausible_spacing: bool = False
    burned_in: bool = False


def _turned(film: Radiograph, turn: Turn) -> Radiograph:
    pixels, geometry = film.pixels, film.on_file
    if turn.transposed:
        pixels, geometry = pixels.T, geometry.with_axes_swapped()
    if turn.rows_reversed:
        pixels, geometry = pixels[::-1], geometry.upside_down()
    if turn.cols_reversed:
        pixels, geometry = pixels[:, ::-1], geometry.mirrored()
    return replace(film, pixels=np.ascontiguousarray(pixels), geometry=geometry)


def _exposed(film: Radiograph) -> Radiograph:
    rows, cols = exposed_box(film.pixels)
    pixels = np.ascontiguousarray(film.pixels[rows, cols])
    return replace(film, pixels=pixels, geometry=film.on_file.cropped(rows, cols))


def _squared(film: Radiograph, aspect: float) -> Radiograph:
    """The film resampled to the finer of its pixels' two sides, or half of it where the film is coarse.

    ``aspect`` is a pixel's height over its width.
    """
    height, width = film.shape
    square = abs(aspect - 1) < _SQUARE
    down, across = (1.0, 1.0) if square else (max(aspect, 1.0), max(1 / aspect, 1.0))
    finer = 2 if max(height * down, width * across) < _COARSE else 1
    if square and finer == 1:
        return film
    shape = round(finer * height * down), round(finer * width * across)
    pixels = cv2.resize(film.pixels, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return replace(film, pixels=np.asarray(pixels, dtype=np.float32), geometry=film.on_file.resampled(shape))


def _spaced(film: Radiograph, spacing: PixelSpacing | None) -> Radiograph:
    """The film with the side of its square pixels, from the spacing of the file's."""
    if spacing is None:
        return film
    own = spacing_from_file(spacing, film.on_file)
    side = float(np.sqrt(own.row_mm * own.col_mm))
    return replace(film, spacing=PixelSpacing(side, side, spacing.source))


def _aspect(stored: StoredFilm) -> float:
    return stored.aspect if stored.spacing is None else stored.spacing.row_mm / stored.spacing.col_mm


def _by_user(film: Radiograph, side_mm: float) -> Radiograph:
    """The film with the user's side of the file's finer pixels; without any where no film has such pixels."""
    side = side_mm * film.on_file.px_per_pixel
    if not is_possible((side, side), film.shape):
        return replace(film, spacing=None, implausible_spacing=True)
    return replace(film, spacing=PixelSpacing(side, side, SpacingSource.USER), implausible_spacing=False)


def upright(stored: StoredFilm, source: str, spacing_mm: float | None = None) -> Radiograph:
    """The film to measure: upright, cropped to what was exposed, with square pixels, knowing where it lies in its file.

    ``spacing_mm`` is the user's word on the side of a (square) pixel and comes before the file's spacing.
    """
    film = Radiograph(
        stored.pixels,
        view=stored.view,
        laterality=stored.laterality,
        source=source,
        projection=stored.projection,
        sides_tagged=stored.sides_tagged,
        implausible_spacing=stored.implausible_spacing,
        burned_in_text=stored.burned_in or shows_text(stored.pixels),
    )
    aspect = _aspect(stored)
    film = _exposed(_turned(film, stored.turn))
    film = _squared(film, 1 / aspect if stored.turn.transposed else aspect)
    if film.on_file == FileGeometry.as_stored(stored.pixels.shape):
        film = replace(film, geometry=None)
    return _spaced(film, stored.spacing) if spacing_mm is None else _by_user(film, spacing_mm)
