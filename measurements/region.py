"""The region that a mask covers: its box and the pixels within it, and what is measured on them, each found once.

A mask is mostly empty. All that is asked of it, as its extent, its area, or the ends of its rows, is asked of the
pixels within its bounding box. Extents go from pixel edge to pixel edge: n pixels are n pixels wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from radcaliper.measurements.components import Components
from radcaliper.measurements.types import Mask, Masks, NotMeasurable, Point

_LEAST_PIECE: Final = 0.05
"""Share of the largest piece of a mask under which another piece is a speck."""
_NOTHING: Final = np.zeros((0, 0), bool)


@dataclass(frozen=True)
class Extent:
    """First and last row and column that a mask covers; of an empty one, the last come before the first."""

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

    def joined(self, other: Extent) -> Extent:
        """The extent of both together; neither is empty."""
        return Extent(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )


@dataclass(frozen=True)
class RowSpans:
    """The (N,) rows that a mask covers, and the first and the last column that it covers in each."""

    rows: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    @cached_property
    def middles(self) -> NDArray[np.float64]:
        """(N,) the middle column between the first and the last."""
        return np.asarray((self.first + self.last) / 2)

    def first_rows(self, count: int) -> RowSpans:
        """The first ``count`` of them."""
        return RowSpans(self.rows[:count], self.first[:count], self.last[:count])


@dataclass(frozen=True, eq=False)
class Region:
    """What a mask of ``shape`` (H, W) covers: ``part`` are its pixels within its bounding box, its ``extent``."""

    shape: tuple[int, int]
    extent: Extent
    part: Mask

    @classmethod
    def within(cls, part: Mask, top: int, left: int, shape: tuple[int, int]) -> Region:
        """The region of a mask of ``shape`` that is ``part`` from (``top``, ``left``) on, and empty elsewhere."""
        rows = np.flatnonzero(part.any(axis=1))
        if not len(rows):
            return cls.nowhere(shape)
        first, last = int(rows[0]), int(rows[-1])
        cols = np.flatnonzero(part[first : last + 1].any(axis=0))
        start, end = int(cols[0]), int(cols[-1])
        extent = Extent(top + first, top + last, left + start, left + end)
        return cls(shape, extent, np.ascontiguousarray(part[first : last + 1, start : end + 1]))

    @classmethod
    def of(cls, mask: Mask) -> Region:
        """The region of a (H, W) mask."""
        return cls.within(mask, 0, 0, (mask.shape[0], mask.shape[1]))

    @classmethod
    def nowhere(cls, shape: tuple[int, int]) -> Region:
        """The region of an empty mask."""
        return cls(shape, Extent(0, -1, 0, -1), _NOTHING)

    @property
    def is_empty(self) -> bool:
        """Whether the mask covers nothing."""
        return self.part.size == 0

    @cached_property
    def area(self) -> int:
        """The number of pixels that the mask covers."""
        return int(np.count_nonzero(self.part))

    @cached_property
    def centre(self) -> Point:
        """The mean row and column of the pixels that the mask covers; it is not empty."""
        across, down = np.arange(self.part.shape[1]), np.arange(self.part.shape[0])
        row = np.count_nonzero(self.part, axis=1) @ down / self.area
        col = np.count_nonzero(self.part, axis=0) @ across / self.area
        return Point(self.extent.top + float(row), self.extent.left + float(col))

    @property
    def mask(self) -> Mask:
        """The whole (H, W) mask, made anew."""
        whole = np.zeros(self.shape, bool)
        if not self.is_empty:
            at = self.extent
            whole[at.top : at.bottom + 1, at.left : at.right + 1] = self.part
        return whole

    def sampled(self, step: int) -> Mask:
        """Every ``step``-th row and column of the mask, as ``mask[::step, ::step]``."""
        coarse = np.zeros(tuple(-(-side // step) for side in self.shape), bool)
        if not self.is_empty:
            at = self.extent
            rows, cols = -(-at.top // step), -(-at.left // step)
            kept = self.part[rows * step - at.top :: step, cols * step - at.left :: step]
            coarse[rows : rows + kept.shape[0], cols : cols + kept.shape[1]] = kept
        return coarse

    def joined(self, other: Region) -> Region:
        """What either mask covers, both of one shape."""
        return Region.of(self.mask | other.mask)

    @cached_property
    def row_spans(self) -> RowSpans:
        """The rows that the mask covers, from the top down, with their ends."""
        covered = np.flatnonzero(self.part.any(axis=1))
        first = self.part.argmax(axis=1) if len(covered) else covered
        last = self.part.shape[1] - 1 - self.part[:, ::-1].argmax(axis=1) if len(covered) else covered
        top, left = self.extent.top, self.extent.left
        return RowSpans(top + covered, left + first[covered], left + last[covered])

    @cached_property
    def lowest(self) -> NDArray[np.intp]:
        """(N,) the last row that the mask covers in each of its extent's columns; -1 for one that it does not cover."""
        upside_down = cv2.flip(self.part.view(np.uint8), 0)
        from_below = cv2.transpose(upside_down).view(bool).argmax(axis=1)  # quicker along rows
        return np.asarray(np.where(self.part.any(axis=0), self.extent.bottom - from_below, -1))

    def row_middle(self, col: int) -> float:
        """The mean row of the mask in one of its extent's columns that it covers."""
        return self.extent.top + float(np.flatnonzero(self.part[:, col - self.extent.left]).mean())

    def col_middle(self, row: int) -> float:
        """The mean column of the mask in one of its extent's rows that it covers."""
        return self.extent.left + float(np.flatnonzero(self.part[row - self.extent.top]).mean())

    @property
    def left_end(self) -> Point:
        """The point of the outline furthest to the image's left, on the outer edge of the mask's first column."""
        return Point(self.row_middle(self.extent.left), self.extent.left - 0.5)

    @property
    def right_end(self) -> Point:
        """The point of the outline furthest to the image's right, on the outer edge of the mask's last column."""
        return Point(self.row_middle(self.extent.right), self.extent.right + 0.5)

    @cached_property
    def without_specks(self) -> Region:
        """The region without specks, so that none of them sets an extent."""
        if self.is_empty or (self.part.any(axis=1).all() and self.part.any(axis=0).all()):
            return self
        pieces = Components.of(self.part)
        kept = pieces.at_least(_LEAST_PIECE * pieces.areas.max())
        return Region.within(kept, self.extent.top, self.extent.left, self.shape)


class RegionMasks(Mapping[str, Mask]):
    """Masks by structure name that are kept as their regions; a whole mask is made when it is asked for."""

    def __init__(self, regions: Mapping[str, Region]) -> None:
        self.regions: Final = regions

    def __getitem__(self, name: str) -> Mask:
        """The whole (H, W) mask of a structure; KeyError where there is none."""
        return self.regions[name].mask

    def __contains__(self, name: object) -> bool:
        """Whether there is a mask of a structure."""
        return name in self.regions

    def __repr__(self) -> str:
        """The names of the structures."""
        return f"RegionMasks({', '.join(self.regions)})"

    def __iter__(self) -> Iterator[str]:
        """The names of the structures."""
        return iter(self.regions)

    def __len__(self) -> int:
        """The number of structures."""
        return len(self.regions)

    @classmethod
    def of(cls, masks: Masks) -> RegionMasks:
        """The same masks, kept as regions."""
        return masks if isinstance(masks, RegionMasks) else cls({name: Region.of(each) for name, each in masks.items()})


def regions_of(masks: Masks) -> Mapping[str, Region]:
    """The regions of all masks by structure name."""
    return RegionMasks.of(masks).regions


def _region_of_any(given: ArrayLike, name: str) -> Region:
    """The region of a mask of any type that is 0 outside. Raises ValueError unless it has two dimensions."""
    mask = np.asarray(given)
    if mask.ndim != 2:
        raise ValueError(f"the mask of {name} must have two dimensions, not {mask.ndim}")
    return Region.of(mask if mask.dtype == bool else np.asarray(np.nan_to_num(mask) != 0))


def structure(masks: Masks, name: str) -> Region:
    """The region of a structure, whose mask has any type that is 0 outside, without specks.

    Raises NotMeasurable(``missing_structure``) where it is absent or empty, ValueError unless the mask has two
    dimensions.
    """
    if name not in masks:
        raise NotMeasurable("missing_structure", f"there is no mask of {name}")
    region = masks.regions[name] if isinstance(masks, RegionMasks) else _region_of_any(masks[name], name)
    if region.is_empty:
        raise NotMeasurable("missing_structure", f"the mask of {name} is empty")
    return region.without_specks
