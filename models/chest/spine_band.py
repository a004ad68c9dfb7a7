"""The spine of a chest film as a smooth band: what the network sees of it, with what is known of spines.

Behind the heart and the great vessels the network cannot tell the spine's borders from theirs, and bulges to them. A
spine bends slowly and widens slowly downwards, so its middle is a smooth curve through the rows where the network's
spine is no wider than a spine can be, and its width follows from the thorax's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from radcaliper.measurements.components import Components
from radcaliper.measurements.types import Mask
from radcaliper.models.inference.arrays import Grey

_WIDTH: Final = 0.129
"""Width of the vertebral bodies half way down the lungs, as a share of the thorax's width (26 films marked by eye)."""
_WIDENING: Final = 0.042
"""Growth of that share from the top of the lungs to their bottom."""
_BEYOND: Final = 0.1
"""How far the spine is drawn, and goes on widening, above and below the lungs at least, as a share of their height."""
_STIFFNESSES: Final = (2e-4, 2e-5, 2e-6)
"""Weights of the middle's squared bend against its squared distance from the rows' middles, in lung heights.

The first is used that leaves the curve near most of the trusted rows: a crooked spine bends more than a usual one."""
_NEAR: Final = 0.2
"""Distance of a trusted row's middle from the curve, as a share of the spine's width, that counts as near."""
_MOST: Final = 0.9
"""Share of the trusted rows that lie near the right curve."""
_EXCESS: Final = 0.2
"""Share by which a row may be wider than expected before its middle is hardly trusted."""
_OUTLIER: Final = 0.15
"""Distance of a row's middle from the curve, as a share of the spine's width, from which it counts less than half."""
_SPECK: Final = 0.1
"""Share of the largest piece of what is seen of the spine under which another piece is a speck."""
_ROUNDS: Final = 4
_NEARLY_NOTHING: Final = 1e-6
_FEWEST_ROWS: Final = 10

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SpineBand:
    """For each of N neighbouring rows, the middle's column and the width, both (N,) in pixels."""

    rows: NDArray[np.intp]
    middle: Floats
    width: Floats

    def probability(self, shape: tuple[int, int]) -> Grey:
        """(H, W): 1 within the band, 0 outside, a ramp of one pixel about its borders."""
        cols, middle = np.arange(shape[1], dtype=np.float32), self.middle[:, None].astype(np.float32)
        probability = np.zeros(shape, np.float32)
        inside = (0.5 + self.width[:, None] / 2).astype(np.float32) - np.abs(cols - middle)
        probability[self.rows] = np.clip(inside, 0, 1)
        return probability


@dataclass(frozen=True)
class _Thorax:
    """First and last row of the lungs, and the width of both together."""

    top: int
    bottom: int
    width: int

    @property
    def height(self) -> int:
        """Rows from the first to the last."""
        return self.bottom - self.top + 1

    def spine_width(self, rows: NDArray[np.intp]) -> Floats:
        """(N,) widths of a usual spine."""
        level = np.clip((rows - self.top) / self.height, -_BEYOND, 1 + _BEYOND)
        return np.asarray(self.width * (_WIDTH + _WIDENING * (level - 0.5)))


def _thorax(right: Mask, left: Mask) -> _Thorax:
    lungs = right | left
    rows, cols = np.flatnonzero(lungs.any(axis=1)), np.flatnonzero(lungs.any(axis=0))
    return _Thorax(int(rows[0]), int(rows[-1]), int(cols[-1] - cols[0] + 1))


def _without_specks(spine: Mask, film_rows: slice) -> Mask:
    """The spine on the rows of the film, without specks: far from it, one would bend the curve to itself."""
    seen = np.zeros_like(spine)
    cols = np.flatnonzero(spine[film_rows].any(axis=0))
    if len(cols):
        part = film_rows, slice(int(cols[0]), int(cols[-1]) + 1)
        pieces = Components.of(np.ascontiguousarray(spine[part]))
        seen[part] = pieces.at_least(_SPECK * pieces.areas.max())
    return seen


def _row_runs(spine: Mask) -> tuple[Floats, Floats]:
    """(middle, width) of the widest run of each row, both (N,); width 0 where a row is empty, but not all are."""
    cols = np.flatnonzero(spine.any(axis=0))
    before = np.pad(spine[:, cols[0] : cols[-1] + 1], ((0, 0), (1, 1)))
    (rows, first), after = np.nonzero(~before[:, :-1] & before[:, 1:]), np.nonzero(before[:, :-1] & ~before[:, 1:])[1]
    order = np.argsort(after - first, kind="stable")  # of a row's runs, the widest is written last
    middle, width = np.zeros((2, len(spine)))
    middle[rows[order]] = cols[0] + ((first + after - 1) / 2)[order]
    width[rows[order]] = (after - first)[order]
    return middle, width


def _smooth(values: Floats, weights: Floats, stiffness: float) -> Floats:
    """The (N,) curve of least weighted squared distance plus ``stiffness`` times its squared second differences."""
    count = len(values)
    bend = np.zeros((3, count))  # upper diagonals of D'D, D the second differences
    bend[2, :-2] += 1
    bend[2, 1:-1] += 4
    bend[2, 2:] += 1
    bend[1, 1:-1] -= 2
    bend[1, 2:] -= 2
    bend[0, 2:] += 1
    bend *= stiffness
    bend[2] += weights
    return np.asarray(solveh_banded(bend, weights * values))


def _curve(middle: Floats, trust: Floats, expected: Floats, stiffness: float) -> Floats:
    """The smooth curve through the rows' middles by reweighted least squares: rows far from it count little."""
    weights, curve = trust, middle
    for _ in range(_ROUNDS):
        curve = _smooth(middle, weights, stiffness)
        weights = trust / (1 + np.square((curve - middle) / (_OUTLIER * expected)))
    return curve


def _middle(middle: Floats, width: Floats, expected: Floats, lung_height: int) -> Floats:
    """The stiffest curve near most of the (N,) rows' middles that can be trusted, those not wider than expected."""
    trust = (width > 0) * (np.exp(-np.square(np.maximum(0, width / expected - 1) / _EXCESS)) + _NEARLY_NOTHING)
    for stiffness in _STIFFNESSES:
        curve = _curve(middle, trust, expected, stiffness * lung_height**4)
        near = np.abs(curve - middle) < _NEAR * expected
        if np.average(near, weights=trust) >= _MOST:
            break
    return curve


def spine_band(right_lung: Mask, left_lung: Mask, spine: Mask, film_rows: slice) -> SpineBand | None:
    """The band through what the network takes for spine, all masks (H, W); ``film_rows`` are those of the film.

    None where a lung is missing or too little of the spine is seen: then nothing better is known.
    """
    spine = _without_specks(spine, film_rows)
    seen = np.flatnonzero(spine.any(axis=1))
    if not (right_lung.any() and left_lung.any()) or len(seen) < _FEWEST_ROWS:
        return None
    thorax = _thorax(right_lung, left_lung)
    reach = round(_BEYOND * thorax.height)
    first = max(film_rows.start, min(int(seen[0]), thorax.top - reach))
    last = min(film_rows.stop - 1, max(int(seen[-1]), thorax.bottom + reach))
    rows = np.arange(first, last + 1)
    expected = thorax.spine_width(rows)
    middle, width = _row_runs(spine[rows])
    return SpineBand(rows, _middle(middle, width, expected, thorax.height), expected)
