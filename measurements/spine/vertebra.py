"""Vertebrae by their corners, and their tilts.

Corners are (N, 4, 2) arrays of (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down. A tilt is
the direction of a line from the image's left to its right, in degrees from -90 to 90, positive where the right end is
lower. Pixels need not be square: the grid gives their height and width.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.types import Grid, Landmark, NotMeasurable, Point

Corners = NDArray[np.float64]
"""(N, 4, 2) corners tl, tr, bl, br of N vertebrae from the top down, as (row, col)."""
Degrees = NDArray[np.float64]
CORNERS: Final = ("tl", "tr", "bl", "br")
"""The names of a vertebra's corners, in the order of the arrays."""
_REASON: Final = "implausible_corners"
_FIRST_CORNER: Final = re.compile(rf"(vertebra_\d+)_{CORNERS[0]}")


def checked_corners(corners: ArrayLike) -> Corners:
    """(N, 4, 2) corners of any numeric type as float64, checked to be vertebrae from the top down.

    Raises NotMeasurable(``implausible_corners``) with an explanation where corners are not finite, crossed or swapped,
    or vertebrae out of order; ValueError for another shape.
    """
    given = np.asarray(corners, dtype=np.float64)
    if given.ndim != 3 or given.shape[1:] != (4, 2):
        raise ValueError(f"corners must have the shape (N, 4, 2), not {given.shape}")
    finite = np.isfinite(given).all(axis=(1, 2))
    if not finite.all():
        raise NotMeasurable(
            _REASON, f"vertebra {int(finite.argmin()) + 1} from the top has a corner that is not finite"
        )
    sides, plates = given[:, [1, 3]] - given[:, [0, 2]], given[:, [2, 3]] - given[:, [0, 1]]
    # seen along the vertebra's own axes, every right corner lies right of its left one, every lower below its upper one
    across, down = sides.mean(axis=1), plates.mean(axis=1)
    upright = (across[:, 1] > 0) & (down[:, 0] > 0)
    in_order = (np.einsum("nkc,nc->nk", sides, across) > 0).all(axis=1)
    in_order &= (np.einsum("nkc,nc->nk", plates, down) > 0).all(axis=1) & upright
    if not in_order.all():
        number = int(in_order.argmin()) + 1
        raise NotMeasurable(_REASON, f"the corners of vertebra {number} from the top are swapped or crossed")
    if len(given) > 1 and (np.diff(centres(given)[:, 0]) <= 0).any():
        raise NotMeasurable(_REASON, "the vertebrae do not follow one another from the top down")
    return given


def vertebra_names(count: int) -> list[str]:
    """Name vertebrae from the highest seen downwards.

    Parameters
    ----------
    count : int
        How many vertebrae there are.

    Returns
    -------
    list[str]
        ``vertebra_01`` and so on.

    Examples
    --------
    >>> vertebra_names(3)
    ['vertebra_01', 'vertebra_02', 'vertebra_03']
    """
    return [f"vertebra_{number:02d}" for number in range(1, count + 1)]


def vertebra_number(name: str) -> int:
    """The number of a vertebra, 1 at the top."""
    return int(name.removeprefix("vertebra_"))


def corner_names(vertebra: str) -> tuple[str, ...]:
    """The landmarks that are a vertebra's corners."""
    return tuple(f"{vertebra}_{corner}" for corner in CORNERS)


def corner_landmarks(corners: Corners, confidence: NDArray[np.float64]) -> dict[str, Landmark]:
    """(N, 4, 2) corners and (N,) confidences of vertebrae from the top down as landmarks."""
    return {
        name: Landmark(Point(*map(float, place)), float(sure))
        for vertebra, quad, sure in zip(vertebra_names(len(corners)), corners, confidence, strict=True)
        for name, place in zip(corner_names(vertebra), quad, strict=True)
    }


def vertebrae_among(points: Mapping[str, Point]) -> tuple[list[str], Corners]:
    """The vertebrae of which all corners are among the points, from the top down: names, and corners (N, 4, 2)."""
    found = sorted(match[1] for match in map(_FIRST_CORNER.fullmatch, points) if match)
    names = [name for name in found if set(corner_names(name)) <= set(points)]
    quads = [[points[corner] for corner in corner_names(name)] for name in names]
    return names, np.array(quads, dtype=np.float64).reshape(-1, 4, 2)


def _tilt(left: Places, right: Places, grid: Grid) -> Degrees:
    across = (right - left) * [grid.row, grid.col]
    return np.asarray(np.degrees(np.arctan2(across[:, 0], across[:, 1])))


def upper_endplate_tilts(corners: Corners, grid: Grid) -> Degrees:
    """Measure the tilts of the upper end plates.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    Degrees
        (N,) degrees from -90 to 90, positive where the right end (image right) is lower.

    Examples
    --------
    >>> corners = np.array([[[0.0, 0.0], [10.0, 10.0], [20.0, 0.0], [30.0, 10.0]]])
    >>> upper_endplate_tilts(corners, Grid())
    array([45.])
    """
    return _tilt(corners[:, 0], corners[:, 1], grid)


def lower_endplate_tilts(corners: Corners, grid: Grid) -> Degrees:
    """Measure the tilts of the lower end plates.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    Degrees
        (N,) degrees from -90 to 90, positive where the right end (image right) is lower.

    Examples
    --------
    >>> corners = np.array([[[0.0, 0.0], [10.0, 10.0], [20.0, 0.0], [30.0, 10.0]]])
    >>> lower_endplate_tilts(corners, Grid())
    array([45.])
    """
    return _tilt(corners[:, 2], corners[:, 3], grid)


def vertebral_tilts(corners: Corners, grid: Grid) -> Degrees:
    """Measure the tilts of the lines that join the middles of the vertebrae's left and right sides.

    The AASCE challenge defines the tilt of a vertebra in this way.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    Degrees
        (N,) degrees from -90 to 90, positive where the right end (image right) is lower.

    References
    ----------
    .. [1] Wang L, et al. Evaluation and comparison of accurate automated spinal curvature estimation algorithms with
       spinal anterior-posterior X-ray images: the AASCE2019 challenge. Med Image Anal 2021;72:102115.

    Examples
    --------
    >>> corners = np.array([[[0.0, 0.0], [10.0, 10.0], [20.0, 0.0], [30.0, 10.0]]])
    >>> vertebral_tilts(corners, Grid())
    array([45.])
    """
    return _tilt(corners[:, [0, 2]].mean(axis=1), corners[:, [1, 3]].mean(axis=1), grid)


def centres(corners: Corners) -> Places:
    """(N, 2) middles of the four corners."""
    return np.asarray(corners.mean(axis=1))
