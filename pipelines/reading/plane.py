"""The film in a volume: which two axes it lies along, and what its directions say of side, view and spacing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import PixelSpacing, Projection, SpacingSource
from radcaliper.pipelines.reading.errors import NotARadiograph
from radcaliper.pipelines.reading.limits import check_size
from radcaliper.pipelines.reading.orientation import Directions, Turn, directions_of_vectors
from radcaliper.pipelines.reading.possible_spacing import is_possible
from radcaliper.pipelines.reading.stored import StoredFilm

_UNKNOWN: Final = (1.0, 1.0)
"""What these formats write when they know no spacing."""
_MOST_SHEARED: Final = 0.001
"""Cosine of the angle between rows and columns; beyond, the directions are no turn of the film."""


def film_plane(size: Sequence[int]) -> tuple[int, int]:
    """The axes, first index running fastest, along which the film's columns and rows lie; all others have one pixel.

    Raises NotARadiograph for a volume or a line of pixels, UnreadableFilm for one that is too small or too large.
    """
    if len(size) < 2 or any(side < 1 for side in size):
        raise NotARadiograph("no two-dimensional image: only single radiographs are measured")
    axes = [axis for axis, side in enumerate(size) if side > 1]
    if len(axes) > 2:
        raise NotARadiograph("a volume: only single radiographs are measured")
    if len(axes) < 2:
        axes = [0, 1]
    check_size(size[axes[1]], size[axes[0]])
    return axes[0], axes[1]


def _as_projection(found: Directions) -> Directions:
    """Directions of the axial plane, where pictures lie that have no place in space, as those of a frontal film.

    Their rows lead to the back where the picture's lead down.
    """
    letters = {"P": "F", "A": "H"}
    if found.plane != frozenset("xy"):
        return found
    return Directions(letters.get(found.rightwards, found.rightwards), letters.get(found.downwards, found.downwards))


def _pixel_size(vectors: NDArray[np.float64]) -> tuple[float, float]:
    """Width and height of a pixel; of sheared directions by the nearest axes alone."""
    lengths = np.linalg.norm(vectors, axis=1)
    sheared = abs(float(vectors[0] @ vectors[1])) > _MOST_SHEARED * float(lengths.prod())
    width, height = np.abs(vectors).max(axis=1) if sheared else lengths
    return float(width), float(height)


def stored_film(pixels: NDArray[np.float32], vectors: NDArray[np.float64] | None) -> StoredFilm:
    """The (H, W) pixels with what their directions say.

    ``vectors`` (2, 3) in mm are one pixel along a row and one along a column, towards the patient's left, back and
    head; None for a file that says nothing.
    """
    found = None if vectors is None else directions_of_vectors(*vectors.tolist())
    if vectors is None or found is None:
        return StoredFilm(pixels)
    col_mm, row_mm = _pixel_size(vectors)
    known = not np.allclose((row_mm, col_mm), _UNKNOWN, rtol=0, atol=1e-6)
    possible = is_possible((row_mm, col_mm), (pixels.shape[0], pixels.shape[1]))
    lie = _as_projection(found)
    return StoredFilm(
        pixels,
        PixelSpacing(row_mm, col_mm, SpacingSource.HEADER) if known and possible else None,
        turn=lie.turn() if lie.projection is not None else Turn(),
        projection=Projection.LATERAL if lie.projection is Projection.LATERAL else None,
        sides_tagged=found.projection is Projection.FRONTAL,
        implausible_spacing=known and not possible,
    )
