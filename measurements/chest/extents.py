"""Extents of masks. Widths go from pixel edge to pixel edge: n pixels are n pixels wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask, Masks, NotMeasurable, Point


@dataclass(frozen=True)
class Extent:
    """First and last row and column that a mask covers."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def rows(self) -> int:
        """Rows from the first to the last."""
        return self.bottom - self.top + 1

    @property
    def cols(self) -> int:
        """Columns from the first to the last."""
        return self.right - self.left + 1


def structure(masks: Masks, name: str) -> Mask:
    """The mask of a structure; NotMeasurable(``missing_structure``) where it is absent or empty."""
    mask = masks.get(name)
    if mask is None or not mask.any():
        raise NotMeasurable("missing_structure")
    return mask


def extent(mask: Mask) -> Extent:
    """The extent of a mask that is not empty."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Extent(int(rows[0]), int(rows[-1]), int(cols[0]), int(cols[-1]))


def row_middle(mask: Mask, col: int) -> float:
    """The mean row of a mask in one of its columns."""
    return float(np.flatnonzero(mask[:, col]).mean())


def side_point(mask: Mask, col: int) -> Point:
    """The point of a mask in a column: its mean row there."""
    return Point(row_middle(mask, col), float(col))


def row_spans(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """(rows, first column, last column) of the rows that a mask covers."""
    rows = np.flatnonzero(mask.any(axis=1))
    part = mask[rows]
    first = part.argmax(axis=1)
    last = mask.shape[1] - 1 - part[:, ::-1].argmax(axis=1)
    return rows, first, last


def row_middles(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(rows, middle column between the first and the last) of the rows that a mask covers."""
    rows, first, last = row_spans(mask)
    return rows, (first + last) / 2
