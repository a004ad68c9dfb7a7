"""The skeleton of a line's mask as branches between free ends and crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import Region
from radcaliper.measurements.types import Mask

_RING: Final = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
_STEPS: Final = ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
"""From a pixel to its neighbours, the nearest first."""
_SPUR: Final = 4
"""A free branch from a crossing with at most this many pixels is due to the mask's rough edge."""
_BRIDGE: Final = 10
"""Lines that cross at a small angle share a piece of skeleton: two forks at most this far apart are one crossing."""
_REACH: Final = 7
"""Pixels over which the direction of a branch's end is taken."""


@dataclass(frozen=True)
class Branch:
    """Pixels (N, 2) in order, and the crossing at the first and at the last of them; None for a free end."""

    path: NDArray[np.float64]
    start: int | None
    end: int | None

    def reversed(self) -> Branch:
        """The same branch walked the other way."""
        return Branch(self.path[::-1], self.end, self.start)

    @property
    def outgoing(self) -> NDArray[np.float64]:
        """Unit direction in which the branch leaves its last pixel; zeros for a single pixel."""
        step = self.path[-1] - self.path[max(0, len(self.path) - 1 - _REACH)]
        norm = float(np.linalg.norm(step))
        return np.asarray(step / norm if norm else step)


def _in_order(pixels: NDArray[np.intp]) -> NDArray[np.intp]:
    """The pixels of one thin branch from one of its ends to the other."""
    places = [(row, col) for row, col in pixels.tolist()]
    left = set(places)

    def next_to(place: tuple[int, int]) -> list[tuple[int, int]]:
        return [near for down, across in _STEPS if (near := (place[0] + down, place[1] + across)) in left]

    order = [min(places, key=lambda place: len(next_to(place)))]
    left.remove(order[0])
    while onward := next_to(order[-1]):
        order.append(onward[0])
        left.remove(onward[0])
    return np.array(order, np.intp)


def _crossing_at(place: NDArray[np.intp], crossings: NDArray[np.intp]) -> int | None:
    row, col = place
    around = crossings[max(0, row - 1) : row + 2, max(0, col - 1) : col + 2]
    found = around[around > 0]
    return int(found[0]) if len(found) else None


def _without_bridges(branches: list[Branch]) -> list[Branch]:
    """The branches, with each short one between two crossings removed and its crossings made one."""
    same: dict[int, int] = {}

    def crossing(node: int | None) -> int | None:
        while node in same:
            node = same[node]
        return node

    kept = []
    for branch in branches:
        start, end = crossing(branch.start), crossing(branch.end)
        if start is None or end is None or len(branch.path) > _BRIDGE:
            kept.append(branch)
        elif start != end:
            same[start] = end
    return [Branch(branch.path, crossing(branch.start), crossing(branch.end)) for branch in kept]


def branches_of(mask: Mask) -> list[Branch]:
    """The branches of an (H, W) mask's skeleton, without spurs."""
    region = Region.of(mask)
    if region.is_empty:
        return []
    from scipy.ndimage import binary_dilation, convolve, label  # most films have no line, and they take long to import
    from skimage.morphology import skeletonize

    skeleton = np.asarray(skeletonize(region.part))
    degree = convolve(skeleton.astype(int), _RING, mode="constant") * skeleton
    crossing_pixels = binary_dilation(degree >= 3, np.ones((3, 3), bool)) & skeleton
    crossings, _ = label(crossing_pixels, np.ones((3, 3)))
    pieces, count = label(skeleton & ~crossing_pixels, np.ones((3, 3)))
    found = []
    for number in range(1, count + 1):
        pixels = _in_order(np.argwhere(pieces == number))
        first, last = _crossing_at(pixels[0], crossings), _crossing_at(pixels[-1], crossings)
        if len(pixels) == 1 and first is not None:
            last = None
        if len(pixels) <= _SPUR and (first is None) != (last is None):
            continue
        path = pixels + np.array([region.extent.top, region.extent.left], float)
        found.append(Branch(path, first, last))
    return _without_bridges(found)
