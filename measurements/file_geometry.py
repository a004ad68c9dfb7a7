"""How a film lies on the pixels of the file it was read from, and the way back.

A film that is measured stands upright, has square pixels and holds only what was exposed; what is written about it lies
on the file's own pixels. Between the two lie turns by quarters, mirrorings, a crop and a scale along each axis: all of
them map rows and columns each by itself, so that masks go both ways by their indices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, int]
"""(height, width)."""


@dataclass(frozen=True)
class Along:
    """One axis of the film on an axis of the file: the film's pixel i lies at ``start + step * i`` of the file's.

    A negative step runs against the file's pixels; below 1 in size, the film's pixels are finer than the file's.
    """

    start: float = 0.0
    step: float = 1.0

    def reversed(self, length: int) -> Along:
        """The same pixels from the last to the first of ``length``."""
        return Along(self.start + self.step * (length - 1), -self.step)

    def from_pixel(self, first: int) -> Along:
        """The same axis without the pixels before ``first``."""
        return Along(self.start + self.step * first, self.step)

    def scaled(self, old: int, new: int) -> Along:
        """The same stretch in ``new`` pixels instead of ``old``."""
        factor = old / new
        return Along(self.start + self.step * (factor - 1) / 2, self.step * factor)

    def of_file(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places on the film as places on the file's axis."""
        return self.start + self.step * places

    def of_film(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places on the file's axis as places on the film."""
        return (places - self.start) / self.step


@dataclass(frozen=True)
class FileGeometry:
    """Where each pixel of a film lies on its file's pixels; an immutable value, made by composing steps.

    ``transposed`` says that the film's rows run along the file's columns. ``row`` maps the film's row numbers to that
    axis of the file, ``col`` the film's column numbers to the other. Shapes are (height, width).
    """

    file_shape: Shape
    film_shape: Shape
    transposed: bool = False
    row: Along = Along()
    col: Along = Along()

    @classmethod
    def as_stored(cls, shape: Shape) -> FileGeometry:
        """The film is the file's pixels as they are."""
        return cls(shape, shape)

    @property
    def is_resampled(self) -> bool:
        """Whether pixels of film and file differ in size."""
        return abs(self.row.step) != 1 or abs(self.col.step) != 1

    @property
    def px_per_pixel(self) -> float:
        """How many of the file's pixels a pixel of the film covers, counted along the file's finer side."""
        return max(abs(self.row.step), abs(self.col.step))

    @property
    def is_as_stored(self) -> bool:
        """Whether the film is the file's pixels as they are."""
        return self == FileGeometry.as_stored(self.file_shape)

    def with_axes_swapped(self) -> FileGeometry:
        """After rows became columns."""
        height, width = self.film_shape
        return FileGeometry(self.file_shape, (width, height), not self.transposed, self.col, self.row)

    def upside_down(self) -> FileGeometry:
        """After the order of the rows was reversed."""
        return replace(self, row=self.row.reversed(self.film_shape[0]))

    def mirrored(self) -> FileGeometry:
        """After the order of the columns was reversed."""
        return replace(self, col=self.col.reversed(self.film_shape[1]))

    def turned(self, quarter_turns: int) -> FileGeometry:
        """After turns by 90 degrees counterclockwise, as by ``numpy.rot90``."""
        turned = self
        for _ in range(quarter_turns % 4):
            turned = turned.with_axes_swapped().upside_down()
        return turned

    def cropped(self, rows: slice, cols: slice) -> FileGeometry:
        """After all but these rows and columns were cut off; both slices have a start and a stop."""
        shape = (rows.stop - rows.start, cols.stop - cols.start)
        return replace(self, film_shape=shape, row=self.row.from_pixel(rows.start), col=self.col.from_pixel(cols.start))

    def resampled(self, shape: Shape) -> FileGeometry:
        """After the same extent was resampled to another number of rows and columns."""
        (height, width), (rows, cols) = self.film_shape, shape
        return replace(self, film_shape=shape, row=self.row.scaled(height, rows), col=self.col.scaled(width, cols))

    def points_to_file(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) places (row, col) on the film as places on the file's pixels."""
        places = np.stack([self.row.of_file(points[:, 0]), self.col.of_file(points[:, 1])], axis=1)
        return places[:, ::-1] if self.transposed else places

    def points_from_file(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) places (row, col) on the file's pixels as places on the film."""
        places = points[:, ::-1] if self.transposed else points
        return np.stack([self.row.of_film(places[:, 0]), self.col.of_film(places[:, 1])], axis=1)

    def image_to_file(self, image: NDArray[np.float32], outside: float) -> NDArray[np.float32]:
        """The film's (H, W) pixels on the file's, by the nearest; ``outside`` where the film has none."""
        return np.asarray(self._to_file(image, outside), dtype=np.float32)

    def mask_to_file(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The film's (H, W) mask on the file's pixels, by the nearest; False where the film has none."""
        return np.asarray(self._to_file(mask, False), dtype=bool)

    def mask_from_file(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask of the file's size on the film's pixels, by the nearest."""
        stored = mask.T if self.transposed else mask
        rows, cols = (
            np.clip(np.rint(axis.of_file(np.arange(length, dtype=float))), 0, stop - 1).astype(int)
            for axis, length, stop in zip((self.row, self.col), self.film_shape, stored.shape, strict=True)
        )
        return np.asarray(stored[np.ix_(rows, cols)], dtype=bool)

    def _to_file(self, image: NDArray[np.generic], outside: float) -> NDArray[np.generic]:
        lengths = self.file_shape[::-1] if self.transposed else self.file_shape
        places = [
            np.rint(axis.of_film(np.arange(length, dtype=float))).astype(int)
            for axis, length in zip((self.row, self.col), lengths, strict=True)
        ]
        inside = [(place >= 0) & (place < stop) for place, stop in zip(places, self.film_shape, strict=True)]
        stored = np.full(lengths, outside, dtype=image.dtype)
        stored[np.ix_(*inside)] = image[np.ix_(*(place[within] for place, within in zip(places, inside, strict=True)))]
        return np.ascontiguousarray(stored.T if self.transposed else stored)
