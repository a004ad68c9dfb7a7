"""The femoral head's circle: the roundest long arc of the outline, then a robust least-squares fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from radcaliper.measurements.ccd.upright import Places, Upright
from radcaliper.measurements.types import NotMeasurable

TRIALS: Final = 1500
TOLERANCE: Final = 0.035
"""How far from the circle an outline point may lie and still belong to it, in radii."""
LEAST_ARC: Final = 120.0
"""Degrees of the circle that the outline must follow; a healthy head shows 200 to 280."""
RADIUS_IN_SHAFT_WIDTHS: Final = (0.55, 1.35)
BINS: Final = 72


@dataclass(frozen=True, eq=False)
class Head:
    """Centre (x, y), radius in working pixels, and how many degrees of the circle the outline follows."""

    centre: Places
    radius: float
    arc: float


def _circles(points: Places) -> tuple[Places, NDArray[np.float64]]:
    """Centres (n, 2) and radii (n,) of the circles through triples (n, 3, 2); NaN for triples on a line."""
    a, b, c = points[:, 0], points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    cross = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    cross = np.where(np.abs(cross) < 1e-9, np.nan, cross)
    bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
    offset = np.stack([c[:, 1] * bb - b[:, 1] * cc, b[:, 0] * cc - c[:, 0] * bb], axis=1) / cross[:, None]
    return a + offset, np.hypot(*offset.T)


def _arc(points: Places, centre: Places, radius: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the circle's ``BINS`` directions in which the outline follows it; centre (n, 2), radius (n,)."""
    offset = points[None] - centre[:, None]
    distance = np.hypot(offset[..., 0], offset[..., 1])
    on_it = np.abs(distance - radius[:, None]) < TOLERANCE * radius[:, None]
    direction = ((np.arctan2(offset[..., 1], offset[..., 0]) / (2 * np.pi) + 0.5) * BINS).astype(np.int64) % BINS
    follows = np.zeros((len(centre), BINS), bool)
    which, where = np.nonzero(on_it)
    follows[which, direction[which, where]] = True
    return np.asarray(follows.sum(axis=1))


def _refined(points: Places, centre: Places, radius: float) -> tuple[Places, float]:
    """Least squares with a soft loss (Huber-like) over the outline near the circle."""
    for _ in range(3):
        near = points[np.abs(np.hypot(*(points - centre).T) - radius) < 2 * TOLERANCE * radius]

        def gap(circle: NDArray[np.float64], near: Places = near) -> NDArray[np.float64]:
            return np.asarray(np.hypot(near[:, 0] - circle[0], near[:, 1] - circle[1]) - circle[2])

        fit = least_squares(gap, [*centre, radius], loss="soft_l1", f_scale=0.01 * radius).x
        centre, radius = fit[:2], float(fit[2])
    return centre, radius


def find_head(femur: Upright, shaft_width: float) -> Head:
    """The circle of the head, in the upper medial part of the femur.

    Raises NotMeasurable("head_not_round") where no arc is long enough, as with a head destroyed or missing, and
    NotMeasurable("border_cut") where the film cuts the head off.
    """
    outline = femur.outline()
    free = outline[~femur.at_film_edge(outline)]
    reach = free[:, 1] < outline[:, 1].min() + 5 * shaft_width
    upper = free[reach]
    upper = upper[:: max(1, len(upper) // 400)]
    if len(upper) < 30:
        raise NotMeasurable("head_not_round")
    rng = np.random.default_rng(0)
    first = rng.integers(len(upper), size=TRIALS)
    spread = rng.integers(len(upper) // 24 + 1, len(upper) // 4 + 2, size=(TRIALS, 2)).cumsum(axis=1)
    triples = upper[np.column_stack([first, (first[:, None] + spread) % len(upper)])]
    centre, radius = _circles(triples)
    low, high = (share * shaft_width for share in RADIUS_IN_SHAFT_WIDTHS)
    plausible = (radius > low) & (radius < high)
    centre, radius = centre[plausible], radius[plausible]
    if len(radius):
        inside = femur.sample(centre[None])[0] > 0.5
        centre, radius = centre[inside], radius[inside]
    if len(radius) == 0:
        raise NotMeasurable("head_not_round")
    best = int(np.argmax(_arc(upper, centre, radius)))
    middle, r = _refined(free, centre[best], float(radius[best]))
    arc = float(_arc(free, middle[None], np.array([r]))[0]) * 360 / BINS
    around = middle + r * np.stack([np.cos(t := np.linspace(0, 2 * np.pi, 72)), np.sin(t)], axis=1)
    if femur.at_film_edge(around, 0.0).any():
        raise NotMeasurable("border_cut")
    if arc < LEAST_ARC:
        raise NotMeasurable("head_not_round")
    return Head(middle, r, arc)
