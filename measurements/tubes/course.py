"""The courses of lines from their masks, from entry to tip: over gaps, straight on at crossings, with loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.tubes.skeleton import Branch, branches_of
from radcaliper.measurements.types import Mask

CoursePath = NDArray[np.float64]
"""(N, 2) places along a course, as (row, col), from entry to tip."""
_SHARPEST: Final = np.cos(np.radians(75))
"""No line turns more than this at a crossing or in a gap."""
_SHORT_GAP: Final = 6.0
"""Over so few pixels the direction of two ends is not checked."""


@dataclass(frozen=True)
class _End:
    """One end of a branch: the branch's number, and whether it is the first place of its path."""

    branch: int
    first: bool


def _walked_to(branches: list[Branch], end: _End) -> Branch:
    """The branch as walked towards ``end``."""
    branch = branches[end.branch]
    return branch.reversed() if end.first else branch


def _gap_cost(one: Branch, other: Branch, longest: float) -> float | None:
    """The cost of joining two branches, each walked to its end, into one line; None where they cannot be one."""
    step = other.path[-1] - one.path[-1]
    gap = float(np.linalg.norm(step))
    if gap > longest:
        return None
    if gap < _SHORT_GAP:
        return gap
    straight = float(one.outgoing @ step / gap), float(-(other.outgoing @ step) / gap)
    return None if min(straight) < _SHARPEST else gap * (3 - sum(straight))


def _links(branches: list[Branch], longest: float) -> dict[_End, _End]:
    """The free ends that are joined over gaps: the cheapest gaps first, each end once."""
    ends = [
        _End(number, first)
        for number, branch in enumerate(branches)
        for first, node in ((True, branch.start), (False, branch.end))
        if node is None
    ]
    costs = []
    for place, one in enumerate(ends):
        for other in ends[place + 1 :]:
            if one.branch != other.branch:
                cost = _gap_cost(_walked_to(branches, one), _walked_to(branches, other), longest)
                if cost is not None:
                    costs.append((cost, place, one, other))
    linked: dict[_End, _End] = {}
    for _, _, one, other in sorted(costs, key=lambda entry: entry[:2]):
        if one not in linked and other not in linked:
            linked |= {one: other, other: one}
    return linked


def _beyond_crossing(branches: list[Branch], walked: Branch, used: set[int]) -> _End | None:
    """The end at which the line goes on beyond a crossing: that with the smallest turn."""
    onward = []
    for number, branch in enumerate(branches):
        for first, node in ((True, branch.start), (False, branch.end)):
            if number not in used and node == walked.end:
                away = -_walked_to(branches, _End(number, first)).outgoing
                onward.append((float(away @ walked.outgoing), -number, _End(number, first)))
    straightest = max(onward, default=None, key=lambda entry: entry[:2])
    return straightest[2] if straightest is not None and straightest[0] > _SHARPEST else None


def _walk(branches: list[Branch], links: dict[_End, _End], entry: _End, used: set[int]) -> CoursePath:
    """The course from a free end on; the branches it takes are added to ``used``."""
    pieces = []
    at: _End | None = entry
    while at is not None:
        walked = _walked_to(branches, _End(at.branch, not at.first))
        used.add(at.branch)
        pieces.append(walked.path)
        if walked.end is not None:
            at = _beyond_crossing(branches, walked, used)
        else:
            at = links.get(_End(at.branch, not at.first))
            at = None if at is None or at.branch in used else at
    return np.concatenate(pieces)


def _entries(branches: list[Branch], links: dict[_End, _End], used: set[int]) -> list[_End]:
    """The free ends of unused branches that no unused branch is linked to."""
    return [
        _End(number, first)
        for number, branch in enumerate(branches)
        for first, node in ((True, branch.start), (False, branch.end))
        if number not in used
        and node is None
        and (_End(number, first) not in links or links[_End(number, first)].branch in used)
    ]


def find_courses(
    mask: Mask, entry_score: Callable[[CoursePath], NDArray[np.float64]], longest_gap: float
) -> list[CoursePath]:
    """Trace the lines of a mask, each from its entry to its tip.

    Lines are followed straight over crossings; gaps are bridged where both sides point at each other; loops are kept.

    Parameters
    ----------
    mask : Mask
        Boolean (H, W) mask of the lines.
    entry_score : Callable[[CoursePath], NDArray[np.float64]]
        Gives (N,) scores of (N, 2) free ends, as (row, col). A line enters at the end with the highest score.
    longest_gap : float
        The longest gap that is bridged, in the mask's pixels.

    Returns
    -------
    list[CoursePath]
        The lines, longest first, each as (N, 2) places (row, col) from entry to tip in the mask's pixels; empty for an
        empty mask.

    Examples
    --------
    >>> mask = np.zeros((100, 100), bool)
    >>> mask[10:91, 48:53] = True
    >>> (path,) = find_courses(mask, lambda ends: -ends[:, 0], longest_gap=10)
    >>> bool(path[0, 0] < 15), bool(path[-1, 0] > 85)
    (True, True)
    """
    branches = branches_of(mask)
    links, used, found = _links(branches, longest_gap), set[int](), []
    while ends := _entries(branches, links, used):
        places = np.array([branches[end.branch].path[0 if end.first else -1] for end in ends])
        found.append(_walk(branches, links, ends[int(np.argmax(entry_score(places)))], used))
    return sorted(found, key=path_length, reverse=True)


def path_length(path: CoursePath) -> float:
    """Measure the length of a course.

    Parameters
    ----------
    path : CoursePath
        (N, 2) places as (row, col) from entry to tip, in pixels.

    Returns
    -------
    float
        The length in pixels; 0 for a single place.

    Examples
    --------
    >>> path_length(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))
    10.0
    """
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum()) if len(path) > 1 else 0.0


def length_ahead(path: CoursePath) -> NDArray[np.float64]:
    """Measure how far it still is from each place of a course to its tip.

    Parameters
    ----------
    path : CoursePath
        (N, 2) places as (row, col) from entry to tip, in pixels.

    Returns
    -------
    NDArray[np.float64]
        (N,) lengths in pixels, falling to 0 at the tip.

    Examples
    --------
    >>> length_ahead(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))
    array([10.,  5.,  0.])
    """
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    return np.append(steps[::-1].cumsum()[::-1], 0.0)


def smoothed(path: CoursePath, sigma: float = 2.0) -> CoursePath:
    """Smooth the steps of the pixels out of a course.

    Parameters
    ----------
    path : CoursePath
        (N, 2) places as (row, col) from entry to tip, in pixels.
    sigma : float
        Standard deviation of the Gaussian along the course, in places.

    Returns
    -------
    CoursePath
        (N, 2) places. The ends stay where they are, or very near in a course of fewer than 4 ``sigma`` places; one of
        fewer than three places comes back as it is.

    Examples
    --------
    >>> path = np.stack([np.arange(21.0), 50 + np.arange(21) % 2], axis=1)
    >>> smoothed(path)[[0, -1]].round(6)
    array([[ 0., 50.],
           [20., 50.]])
    >>> bool(np.ptp(smoothed(path)[8:-8, 1]) < 0.01)
    True
    """
    if len(path) < 3:
        return path
    from scipy.ndimage import gaussian_filter1d  # most films have no line, and it takes long to import

    reach = int(4 * sigma)
    head, tail = 2 * path[0] - path[1 : reach + 1][::-1], 2 * path[-1] - path[-reach - 1 : -1][::-1]
    extended = gaussian_filter1d(np.concatenate([head, path, tail]), sigma, axis=0)
    return np.asarray(extended[len(head) : len(head) + len(path)])
