"""Resize a film to a network's input size with its aspect kept, and resize the network's maps back to the film."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def _stretched(first: int, end: int, inner: int, film: int) -> tuple[slice, float, float]:
    """Where pixels ``first`` to ``end`` of ``inner`` lie along a side of ``film`` pixels: a slice of it, and the factor
    and the shift that lead from the slice's pixels to those from ``first`` on.
    """
    step = inner / film
    start = 0 if first == 0 else max(0, ceil((first + 0.5) / step - 0.5))
    stop = film if end == inner else min(film, floor((end - 0.5) / step - 0.5) + 1)
    return slice(start, stop), step, (start + 0.5) * step - 0.5 - first


@dataclass(frozen=True)
class Letterbox:
    """An aspect-preserving resize of a (height, width) film to fit the middle of a (rows, cols) box."""

    height: int
    width: int
    rows: int
    cols: int

    @classmethod
    def square(cls, height: int, width: int, size: int) -> Letterbox:
        """To fit the middle of a (size, size) square."""
        return cls(height, width, size, size)

    @cached_property
    def scale(self) -> float:
        """Pixels of the box for each pixel of the film."""
        return min(self.rows / self.height, self.cols / self.width)

    @cached_property
    def inner(self) -> tuple[int, int]:
        """(rows, cols) that the film covers inside the box."""
        return max(1, round(self.height * self.scale)), max(1, round(self.width * self.scale))

    @cached_property
    def offset(self) -> tuple[int, int]:
        """(row, col) of the film's first pixel inside the box."""
        rows, cols = self.inner
        return (self.rows - rows) // 2, (self.cols - cols) // 2

    @property
    def film_rows(self) -> slice:
        """The rows of the box that the film covers."""
        return slice(self.offset[0], self.offset[0] + self.inner[0])

    def on_film(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transform (..., 2) places, as (row, col), from the box's pixels to the film's."""
        return np.asarray((places - self.offset + 0.5) / self.scale - 0.5)

    def in_box(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transform (..., 2) places, as (row, col), from the film's pixels to the box's."""
        return np.asarray((places + 0.5) * self.scale - 0.5 + self.offset)

    def shrink(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Resize a (height, width) film to the rows and columns that it covers inside the box."""
        rows, cols = self.inner
        shrinking = rows < self.height or cols < self.width
        how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, (cols, rows), interpolation=how), dtype=np.float32)

    def pad(self, inner: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pad a shrunk film with zeros to (rows, cols)."""
        rows, cols = self.inner
        top, left = self.offset
        box = np.zeros((self.rows, self.cols), dtype=np.float32)
        box[top : top + rows, left : left + cols] = inner
        return box

    def forward(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Resize a (height, width) film and pad it with zeros to (rows, cols)."""
        return self.pad(self.shrink(image))

    def within(self, box: NDArray[Any]) -> NDArray[Any]:
        """The part of a (rows, cols) map that the film covers, as a view."""
        rows, cols = self.inner
        top, left = self.offset
        return box[top : top + rows, left : left + cols]

    def film_part(self, top: int, left: int, shape: tuple[int, int]) -> tuple[slice, slice, NDArray[np.float64]]:
        """Where a part of the map within the film is interpolated on the film.

        The part has a ``shape`` and begins at (``top``, ``left``) of ``within``. Returns the film's rows and columns
        that lie between the centres of its pixels, or up to the film's border where it ends there, and the matrix
        (2, 3) from that part of the film to the map's, as OpenCV's inverse maps are: x before y.
        """
        (rows, down, row_shift), (cols, across, col_shift) = (
            _stretched(first, first + count, inner, film)
            for first, count, inner, film in zip((top, left), shape, self.inner, (self.height, self.width), strict=True)
        )
        return rows, cols, np.array([[across, 0, col_shift], [0, down, row_shift]])

    def backward(self, box: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cut the border off a (rows, cols) map and resize it to (height, width)."""
        inner = np.ascontiguousarray(self.within(box))
        return np.asarray(
            cv2.resize(inner, (self.width, self.height), interpolation=cv2.INTER_LINEAR), dtype=np.float32
        )
