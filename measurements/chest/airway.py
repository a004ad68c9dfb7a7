"""The trachea, the carina, and the angle between the main bronchi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import CARINA_ANGLE, TRACHEA_DEVIATION
from radcaliper.measurements.geometry import angle_between, line_direction
from radcaliper.measurements.region import Region, RowSpans, structure
from radcaliper.measurements.types import Grid, Mask, Masks, MeasuredValue, NotMeasurable, Point

_NOT_SEEN: Final = "carina_not_seen"
_FEWEST_ROWS: Final = 5
_DOWN: Final = np.array([1.0, 0.0])
_LEAST_ANGLE: Final = 20.0
"""Smallest angle between the main bronchi of a true fork, in degrees; labelled forks have 44 to 112 (45 films)."""
_CLEAR_OF_FORK: Final = 0.1
"""Share of the trachea's height above the carina that is left out: there it widens towards the fork."""


@dataclass(frozen=True)
class Fork:
    """Where the airway forks: the carina, and the bronchi's middles below it, (N, 2) as (row, col), N rows each."""

    carina: Point
    right: NDArray[np.float64]
    left: NDArray[np.float64]


def _runs(row: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(N, 2) first and last column of each run of a row."""
    edges = np.diff(np.concatenate([[0], row.astype(np.int8), [0]]))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1], axis=1)


def _two_widest(runs: NDArray[np.intp]) -> NDArray[np.intp]:
    widest = np.argsort(runs[:, 0] - runs[:, 1], kind="stable")[:2]
    return runs[np.sort(widest)]


def find_fork(airways: Region) -> Fork:
    """The fork of the airways, from which two branches go on; NotMeasurable(``carina_not_seen``) if they do not fork.

    Branches that part by less than 20 degrees are none. The carina is the notch between the bronchi: the middle of the
    gap, half a row above its first row.
    """
    span, part = airways.extent, airways.part
    run_counts = part[:, 0].astype(int) + (part[:, 1:] & ~part[:, :-1]).sum(axis=1)
    split = [(int(row), _two_widest(_runs(part[row]))) for row in np.flatnonzero(run_counts >= 2)]
    least = max(3, round(0.03 * part.shape[0]))
    if len(split) < least:
        raise NotMeasurable(_NOT_SEEN)
    rows = np.array([row for row, _ in split])
    # the fork is the longest stretch of consecutive split rows: notches of a ragged outline are short
    stretches = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) > 2) + 1)
    longest = max(stretches, key=len)
    if len(longest) < least:
        raise NotMeasurable(_NOT_SEEN)
    fork = [split[place] for place in longest]
    top_row, top_runs = fork[0]
    carina = Point(span.top + top_row - 0.5, span.left + float(top_runs[0, 1] + top_runs[1, 0]) / 2)
    offset = np.array([span.top, span.left], float)
    right, left = (np.array([[row, runs[side].mean()] for row, runs in fork]) + offset for side in (0, 1))
    if angle_between(line_direction(right, _DOWN), line_direction(left, _DOWN)) < _LEAST_ANGLE:
        raise NotMeasurable(_NOT_SEEN)
    return Fork(carina, right, left)


def find_carina(airways: Mask) -> Point:
    """Find the carina: where the trachea forks.

    Parameters
    ----------
    airways : Mask
        Boolean (H, W) mask of the trachea and the main bronchi.

    Returns
    -------
    Point
        The middle of the last row of the wall that still joins the bronchi, at the notch between them.

    Raises
    ------
    NotMeasurable
        ``carina_not_seen`` if the mask is empty or does not fork.

    Examples
    --------
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:50, 47:54] = True
    >>> for row in range(50, 80):
    ...     airways[row, [95 - row, 96 - row, 97 - row, row + 3, row + 4, row + 5]] = True
    >>> find_carina(airways)
    Point(row=49.5, col=50.0)
    """
    if not airways.any():
        raise NotMeasurable(_NOT_SEEN)
    return find_fork(Region.of(airways)).carina


def _branch_direction(middles: NDArray[np.float64], moved: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Unit direction, downwards, of the line through a bronchus's middles, its upper end ``moved`` by (2,) pixels."""
    scaled = middles * [grid.row, grid.col]
    along = line_direction(scaled, _DOWN)
    branch = float(np.ptp(scaled @ along)) * along - moved * [grid.row, grid.col]
    return np.asarray(branch / np.linalg.norm(branch))


def carina_angle(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the angle between the axes of the main bronchi below the carina.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``, the trachea and the main bronchi.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The angle in degrees, 20 to 180. Its points are a place on the right bronchus's axis (image left), the carina,
        and a place on the left bronchus's axis, both axes taken through the carina.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if no airways are seen; ``carina_not_seen`` if they do not fork, or into branches that
        part by less than 20 degrees.

    Examples
    --------
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:50, 47:54] = True
    >>> for row in range(50, 80):
    ...     airways[row, [95 - row, 96 - row, 97 - row, row + 3, row + 4, row + 5]] = True
    >>> round(carina_angle({"airways": airways}, Grid()).value, 6)
    90.0
    """
    fork = find_fork(structure(masks, "airways"))
    return _angle(fork, fork.carina, grid)


def carina_angle_at(carina: Point, masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the angle between the main bronchi at a carina that someone drew.

    The bronchi's upper ends go with the carina, their lower ends stay.

    Parameters
    ----------
    carina : Point
        The carina, in the masks' pixels.
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``, the trachea and the main bronchi.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The angle in degrees, 0 to 180. Its points are a place on the right bronchus's axis (image left), the carina,
        and a place on the left bronchus's axis, both axes taken through the carina.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if no airways are seen; ``carina_not_seen`` if they do not fork.

    Examples
    --------
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:50, 47:54] = True
    >>> for row in range(50, 80):
    ...     airways[row, [95 - row, 96 - row, 97 - row, row + 3, row + 4, row + 5]] = True
    >>> round(carina_angle_at(Point(49.5, 50.0), {"airways": airways}, Grid()).value, 6)
    90.0
    >>> carina_angle_at(Point(39.5, 50.0), {"airways": airways}, Grid()).value < 90
    True
    """
    return _angle(find_fork(structure(masks, "airways")), carina, grid)


def _angle(fork: Fork, carina: Point, grid: Grid) -> MeasuredValue:
    moved = np.subtract(carina, fork.carina)
    right, left = (_branch_direction(middles, moved, grid) for middles in (fork.right, fork.left))
    length = float(np.ptp(fork.right[:, 0])) * grid.row
    ends = [Point(*map(float, carina + length * along / [grid.row, grid.col])) for along in (right, left)]
    return CARINA_ANGLE.value(angle_between(right, left), grid, (ends[0], carina, ends[1]))


def rows_above(carina_row: float, rows: NDArray[np.intp], clear_of_fork: float) -> NDArray[np.bool_]:
    """Which of the airways' rows (N,), from the top down, are the trachea's: above the carina and clear of the fork."""
    return np.asarray(rows < carina_row - clear_of_fork * (carina_row - rows[0]))


def _trachea_above(carina: Point, airways: Region) -> RowSpans:
    """The rows of the trachea above the carina, without those next to it."""
    spans = airways.row_spans
    above = int(rows_above(round(carina.row), spans.rows, _CLEAR_OF_FORK).sum())  # they are the first rows
    if above < _FEWEST_ROWS:
        raise NotMeasurable(_NOT_SEEN)
    return spans.first_rows(above)


def trachea_deviation(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the signed horizontal distance of the trachea from the spine's middle.

    It is the mean over the lower half of the trachea.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``, the trachea and the main bronchi, and ``spine``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive to the patient's left (image right). Its points are the
        spine's middle, half way along the part that is compared, and the place as far beside it as the trachea is.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if airways or spine are not seen, or share fewer than 3 rows; ``carina_not_seen`` if the
        airways do not fork or show too little of the trachea.

    Examples
    --------
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:50, 47:54] = True
    >>> for row in range(50, 80):
    ...     airways[row, [95 - row, 96 - row, 97 - row, row + 3, row + 4, row + 5]] = True
    >>> spine = np.zeros((100, 100), bool)
    >>> spine[:, 40:51] = True
    >>> trachea_deviation({"airways": airways, "spine": spine}, Grid(0.5, 0.5, "mm")).value
    2.5
    """
    return trachea_deviation_above(find_fork(structure(masks, "airways")).carina, masks, grid)


def trachea_deviation_above(carina: Point, masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the deviation of the trachea above a carina that someone drew.

    It is the mean over the lower half of the trachea.

    Parameters
    ----------
    carina : Point
        The carina, in the masks' pixels.
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``, the trachea and the main bronchi, and ``spine``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive to the patient's left (image right). Its points are the
        spine's middle, half way along the part that is compared, and the place as far beside it as the trachea is.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if airways or spine are not seen, or share fewer than 3 rows; ``carina_not_seen`` if too
        little of the trachea lies above the carina.

    Examples
    --------
    >>> airways, spine = np.zeros((2, 100, 100), bool)
    >>> airways[10:50, 47:54] = True
    >>> spine[:, 40:51] = True
    >>> trachea_deviation_above(Point(49.5, 50.0), {"airways": airways, "spine": spine}, Grid()).value
    5.0
    """
    trachea, spine = _trachea_above(carina, structure(masks, "airways")), structure(masks, "spine").row_spans
    lower = trachea.rows[len(trachea.rows) // 2 :]
    shared = np.intersect1d(lower, spine.rows, assume_unique=True)
    if len(shared) < 3:
        raise NotMeasurable("missing_structure")
    at_trachea = trachea.middles[np.searchsorted(trachea.rows, shared)]
    at_spine = spine.middles[np.searchsorted(spine.rows, shared)]
    middle = len(shared) // 2
    row = float(shared[middle])
    deviation = float((at_trachea - at_spine).mean())
    points = (Point(row, float(at_spine[middle])), Point(row, float(at_spine[middle]) + deviation))
    return TRACHEA_DEVIATION.value(deviation * grid.col, grid, points)


def tracheal_width(masks: Masks, grid: Grid) -> float:
    """Measure the median horizontal width of the trachea above the carina.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``, the trachea and the main bronchi.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    float
        The width, above 0, in the grid's unit of length.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if no airways are seen; ``carina_not_seen`` if they do not fork or show too little of the
        trachea.

    Examples
    --------
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:50, 47:54] = True
    >>> for row in range(50, 80):
    ...     airways[row, [95 - row, 96 - row, 97 - row, row + 3, row + 4, row + 5]] = True
    >>> tracheal_width({"airways": airways}, Grid(2.0, 2.0, "mm"))
    14.0
    """
    airways = structure(masks, "airways")
    rows = _trachea_above(find_fork(airways).carina, airways).rows - airways.extent.top
    return float(np.median(airways.part[rows].sum(axis=1))) * grid.col
