"""Fit a film into the network's square without squashing it, and bring the network's maps back to the film."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Letterbox:
    """An aspect-preserving resize of a (height, width) film to fit the middle of a (size, size) square."""

    height: int
    width: int
    size: int

    @property
    def inner(self) -> tuple[int, int]:
        """(rows, cols) that the film covers inside the square."""
        scale = self.size / max(self.height, self.width)
        return max(1, round(self.height * scale)), max(1, round(self.width * scale))

    @property
    def offset(self) -> tuple[int, int]:
        """(row, col) of the film's first pixel inside the square."""
        rows, cols = self.inner
        return (self.size - rows) // 2, (self.size - cols) // 2

    def forward(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """(height, width) to (size, size); the border is filled with zeros."""
        rows, cols = self.inner
        shrinking = rows < self.height or cols < self.width
        inner = cv2.resize(image, (cols, rows), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
        square = np.zeros((self.size, self.size), dtype=np.float32)
        top, left = self.offset
        square[top : top + rows, left : left + cols] = inner
        return square

    def backward(self, square: NDArray[np.float32]) -> NDArray[np.float32]:
        """(size, size) to (height, width), the border cut away."""
        rows, cols = self.inner
        top, left = self.offset
        inner = np.ascontiguousarray(square[top : top + rows, left : left + cols])
        return np.asarray(cv2.resize(inner, (self.width, self.height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
