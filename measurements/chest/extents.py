"""Extents of masks. Widths go from pixel edge to pixel edge: n pixels are n pixels wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

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

    def part_of(self, mask: Mask) -> Mask:
        """The part of a mask within it, as a view."""
        return mask[self.top : self.bottom + 1, self.left : self.right + 1]


_LEAST_PIECE: Final = 0.05
"""Share of the largest piece of a mask under which another piece is a speck."""


def _has_gap(covered: NDArray[np.bool_]) -> bool:
    """Whether rows or columns that a mask covers are not all neighbours."""
    return bool(np.count_nonzero(np.diff(covered.astype(np.int8)) == 1) + int(covered[0]) > 1)


def _covered(lines: NDArray[np.bool_]) -> slice:
    """From the first to the last of the rows or columns that a mask covers; it is not empty."""
    covered = np.flatnonzero(lines)
    return slice(int(covered[0]), int(covered[-1]) + 1)


def _without_specks(mask: Mask) -> Mask:
    """The mask without specks, so that none of them sets an extent."""
    rows = np.asarray(mask.any(axis=1))
    if not (_has_gap(rows) or _has_gap(np.asarray(mask[_covered(rows)].any(axis=0)))):
        return mask
    pieces = label(mask, connectivity=2)
    areas = np.bincount(pieces.ravel())[1:]
    kept = np.flatnonzero(areas >= _LEAST_PIECE * areas.max()) + 1
    return np.asarray(np.isin(pieces, kept))


def structure(masks: Masks, name: str) -> Mask:
    """The (H, W) mask of a structure, of any type that is 0 outside, without specks.

    Raises NotMeasurable(``missing_structure``) where it is absent or empty, ValueError unless it has two
    dimensions.
    """
    given = masks.get(name)
    if given is None:
        raise NotMeasurable("missing_structure", f"there is no mask of {name}")
    mask = np.asarray(given)
    if mask.ndim != 2:
        raise ValueError(f"the mask of {name} must have two dimensions, not {mask.ndim}")
    mask = np.asarray(mask if mask.dtype == bool else np.nan_to_num(mask) != 0)
    if not mask.any():
        raise NotMeasurable("missing_structure", f"the mask of {name} is empty")
    return _without_specks(mask)


def extent(mask: Mask) -> Extent:
    """The extent of a mask that is not empty."""
    rows = _covered(np.asarray(mask.any(axis=1)))
    cols = _covered(np.asarray(mask[rows].any(axis=0)))
    return Extent(rows.start, rows.stop - 1, cols.start, cols.stop - 1)


def row_middle(mask: Mask, col: int) -> float:
    """The mean row of a mask in one of its columns."""
    return float(np.flatnonzero(mask[:, col]).mean())


def left_end(mask: Mask) -> Point:
    """The point of a mask's outline furthest to the image's left, on the outer edge of its first column."""
    col = extent(mask).left
    return Point(row_middle(mask, col), col - 0.5)


def right_end(mask: Mask) -> Point:
    """The point of a mask's outline furthest to the image's right, on the outer edge of its last column."""
    col = extent(mask).right
    return Point(row_middle(mask, col), col + 0.5)


def row_spans(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """(rows, first column, last column) of the rows that a mask covers."""
    if not mask.any():
        return (np.zeros(0, np.intp),) * 3
    span = extent(mask)
    part = span.part_of(mask)
    covered = np.flatnonzero(part.any(axis=1))
    first, last = part.argmax(axis=1), part.shape[1] - 1 - part[:, ::-1].argmax(axis=1)
    return span.top + covered, span.left + first[covered], span.left + last[covered]


def row_middles(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(rows, middle column between the first and the last) of the rows that a mask covers."""
    rows, first, last = row_spans(mask)
    return rows, (first + last) / 2
