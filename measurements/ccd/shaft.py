"""The shaft's axis: a robust line through its mid-cortical centres below the lesser trochanter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import siegelslopes

from radcaliper.measurements.ccd.profile import borders
from radcaliper.measurements.ccd.upright import Places, Upright
from radcaliper.measurements.types import NotMeasurable

TROCHANTER_END: Final = 0.5
"""Where the lesser trochanter ends, in head radii below its tip."""
LEAST_SHAFT: Final = 0.5
"""Shaft needed below the lesser trochanter's end, in head radii."""
FIRST_LEVEL, LAST_LEVEL = 1.0, 4.0
"""Shaft used where seen, in head radii below the lesser trochanter's tip; the flare above bends the mid-line, the bow below does too."""
USUAL_LESSER_TROCHANTER: Final = 2.65
"""Head radii from the head's centre down the shaft to the lesser trochanter where it hides behind the shaft."""
HIDDEN: Final = 0.06
"""A bump lower than this, in head radii, is no lesser trochanter seen."""


@dataclass(frozen=True, eq=False)
class Shaft:
    """A line: a place on it and the unit direction down; ``width`` across it in working pixels."""

    origin: Places
    down: Places
    width: float

    @property
    def medial(self) -> Places:
        """Unit vector across the shaft, towards the head."""
        return np.array([self.down[1], -self.down[0]])

    def level(self, place: Places) -> float:
        """How far down the line a place lies."""
        return float((place - self.origin) @ self.down)

    def at(self, level: NDArray[np.float64] | float) -> Places:
        """Places on the line."""
        return np.asarray(self.origin + np.multiply.outer(level, self.down))


@dataclass(frozen=True)
class LesserTrochanter:
    """Its level along the shaft and how far it stands out (working pixels); nothing stands out where it is hidden."""

    level: float
    prominence: float
    seen: bool


def _line(centres: Places, width: float) -> Shaft:
    """The robust line through places (n, 2) that run downwards; perpendicular distances, soft loss."""
    slope, intercept = siegelslopes(centres[:, 0], centres[:, 1])[:2]
    start = np.array([np.arctan(slope), intercept / np.hypot(1, slope)])

    def gap(line: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(centres[:, 0] * np.cos(line[0]) - centres[:, 1] * np.sin(line[0]) - line[1])

    angle, offset = least_squares(gap, start, loss="soft_l1", f_scale=0.02 * width).x
    down = np.array([np.sin(angle), np.cos(angle)])
    normal = np.array([np.cos(angle), -np.sin(angle)])
    middle = centres.mean(axis=0)
    return Shaft(middle + (offset - middle @ normal) * normal, down, width)


def _row_centres(femur: Upright) -> tuple[Places, NDArray[np.float64]]:
    """Middles (n, 2) and widths (n,) of the femur row by row, where the film's sides do not cut it."""
    seen = femur.share >= 0.5
    rows = np.flatnonzero(seen.any(axis=1))
    left = np.argmax(seen[rows], axis=1).astype(float)
    right = seen.shape[1] - 1 - np.argmax(seen[rows][:, ::-1], axis=1).astype(float)
    ends = [np.stack([x, rows], axis=1) for x in (left, right)]
    whole = ~(femur.at_film_edge(ends[0]) | femur.at_film_edge(ends[1]))
    return np.stack([(left + right) / 2, rows], axis=1)[whole], (right - left + 1)[whole]


def rough_shaft(femur: Upright) -> Shaft:
    """A first guess from the lowest part of the femur on the film. Raises NotMeasurable("shaft_too_short")."""
    centres, widths = _row_centres(femur)
    if len(widths) < 20:
        raise NotMeasurable("shaft_too_short")
    narrow = float(np.quantile(widths, 0.1))
    low = centres[:, 1] > centres[-1, 1] - 1.2 * narrow
    shaft = _line(centres[low], narrow)
    upright_width = float(np.median(widths[low])) * float(shaft.down[1])
    return Shaft(shaft.origin, shaft.down, upright_width)


def _centres(femur: Upright, shaft: Shaft, levels: NDArray[np.float64]) -> tuple[Places, NDArray[np.float64]]:
    """Mid-cortical centres (n, 2) and both borders (n, 2) at levels where the film shows both."""
    starts = shaft.at(levels)
    edges = borders(femur, starts, shaft.medial, 1.6 * shaft.width)
    lateral, medial = (starts + edges[:, i, None] * shaft.medial for i in (0, 1))
    whole = np.isfinite(edges).all(axis=1)
    whole[whole] = ~(femur.at_film_edge(lateral[whole]) | femur.at_film_edge(medial[whole]))
    return ((lateral + medial) / 2)[whole], edges[whole]


def last_level(femur: Upright, shaft: Shaft) -> float:
    """The lowest level at which both borders of the shaft are on the film."""
    levels = np.arange(-2 * femur.share.shape[0], 2 * femur.share.shape[0], 1.0)
    inside = femur.sample(shaft.at(levels)[None])[0] >= 0.5
    centres, _ = _centres(femur, shaft, levels[inside])
    if len(centres) == 0:
        raise NotMeasurable("shaft_too_short")
    return shaft.level(centres[-1])


def find_lesser_trochanter(femur: Upright, shaft: Shaft, head: Places, radius: float) -> LesserTrochanter:
    """The medial border's bump between the neck's foot and the shaft, or where it usually is if none stands out."""
    top = shaft.level(head)
    levels = top + np.arange(1.5, 4.2, 0.03) * radius
    edges = borders(femur, shaft.at(levels), shaft.medial, 2.5 * radius)[:, 1]
    seen = np.isfinite(edges)
    usual = LesserTrochanter(top + USUAL_LESSER_TROCHANTER * radius, 0.0, False)
    if seen.sum() < 20:
        return usual
    levels, edges = levels[seen], edges[seen]
    hull = _lower_hull(levels, edges)
    rise = np.where(levels > top + 1.8 * radius, edges - hull, -np.inf)
    best = int(np.argmax(rise))
    if rise[best] < HIDDEN * radius:
        return usual
    return LesserTrochanter(float(levels[best]), float(rise[best]), True)


def _lower_hull(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The greatest convex function below points with rising x, at x (Andrew's monotone chain)."""
    kept: list[int] = []
    for i in range(len(x)):
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (y[b] - y[a]) * (x[i] - x[a]) < (y[i] - y[a]) * (x[b] - x[a]):
                break
            kept.pop()
        kept.append(i)
    return np.asarray(np.interp(x, x[kept], y[kept]))


def fit_shaft(femur: Upright, rough: Shaft, head: Places, radius: float) -> tuple[Shaft, LesserTrochanter, float]:
    """The axis, the lesser trochanter, and the visible shaft below its tip in head radii.

    Raises NotMeasurable("shaft_too_short") where less than half a head radius of shaft shows.
    """
    shaft = rough
    for _ in range(3):
        lesser = find_lesser_trochanter(femur, shaft, head, radius)
        visible = (last_level(femur, shaft) - lesser.level) / radius
        if visible < TROCHANTER_END + LEAST_SHAFT:
            raise NotMeasurable("shaft_too_short")
        first = min(FIRST_LEVEL, max(TROCHANTER_END, visible - 1))
        levels = lesser.level + np.linspace(first, min(LAST_LEVEL, visible), 60) * radius
        centres, edges = _centres(femur, shaft, levels)
        if len(centres) < 10:
            raise NotMeasurable("shaft_too_short")
        shaft = _line(centres, float(np.median(edges[:, 1] - edges[:, 0])))
    return shaft, find_lesser_trochanter(femur, shaft, head, radius), visible
