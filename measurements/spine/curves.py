"""Every curve of a spine: between consecutive extrema of the signed tilt."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_PERSISTENCE: Final = 3.0
"""Degrees by which the tilt must change back for an extremum to count: half of the difference between observers."""


@dataclass(frozen=True)
class Curve:
    """A stretch of spine between two end vertebrae.

    Attributes
    ----------
    upper, lower, apex : int
        Places of the end vertebrae and of the apex from the top, 0 the first.
    bend : float
        The tilt of the upper less that of the lower end vertebra, in degrees. Its size is the Cobb angle; it is
        negative where the curve is convex to the image's right.

    Examples
    --------
    >>> curve = Curve(upper=0, lower=8, apex=4, bend=-40.0)
    >>> curve.angle, curve.convex
    (40.0, 'left')
    """

    upper: int
    lower: int
    apex: int
    bend: float

    @property
    def angle(self) -> float:
        """The Cobb angle, 0 to 180 degrees."""
        return abs(self.bend)

    @property
    def convex(self) -> str:
        """The patient's side of the curve's convexity: ``right`` (image left) or ``left``."""
        return "right" if self.bend > 0 else "left"


def curve_site(number: int) -> str:
    """The site of a curve, 1 the largest."""
    return f"curve_{number}"


def curve_number(site: str) -> int:
    """The number of a curve's site."""
    return int(site.removeprefix("curve_"))


def turning_points(tilts: NDArray[np.float64], persistence: float = _PERSISTENCE) -> list[int]:
    """Places of the extrema of (N,) tilts, ends included, that stand out by ``persistence`` from their neighbours.

    The least persistent pair of neighbouring extrema is merged first, until all that are left stand out.
    """
    inner = [i for i in range(1, len(tilts) - 1) if (tilts[i] - tilts[i - 1]) * (tilts[i + 1] - tilts[i]) < 0]
    found = [0, *inner, len(tilts) - 1]
    while len(found) > 2:
        steps = np.abs(np.diff(tilts[found]))
        least = int(steps.argmin())
        if steps[least] >= persistence:
            break
        if least == 0:
            # the first stretch is flat: the curve begins at whichever end of it is further from the next extremum
            del found[1 if _outer(tilts, found[0], found[1], found[2]) else 0]
        elif least == len(steps) - 1:
            del found[-2 if _outer(tilts, found[-1], found[-2], found[-3]) else -1]
        else:
            del found[least : least + 2]
    return found


def _outer(tilts: NDArray[np.float64], end: int, inner: int, beyond: int) -> bool:
    """Whether the end is further in tilt from the extremum beyond than the inner extremum is."""
    return bool(abs(tilts[end] - tilts[beyond]) >= abs(tilts[inner] - tilts[beyond]))


def _apex(tilts: NDArray[np.float64], upper: int, lower: int) -> int:
    """The vertebra whose tilt lies half way between the ends': there the curve is furthest from its chord."""
    halfway = (tilts[upper] + tilts[lower]) / 2
    return upper + int(np.abs(tilts[upper : lower + 1] - halfway).argmin())


def curve_between(tilts: NDArray[np.float64], upper: int, lower: int) -> Curve:
    """Describe the curve between two vertebrae.

    Parameters
    ----------
    tilts : NDArray[np.float64]
        (N,) smoothed tilts in degrees, from the top down.
    upper, lower : int
        Places of the end vertebrae from the top, 0 the first.

    Returns
    -------
    Curve
        The curve; its apex is the vertebra whose tilt lies half way between those of the ends.

    Examples
    --------
    >>> curve_between(np.array([20.0, 10.0, 0.0, -10.0, -20.0]), 0, 4)
    Curve(upper=0, lower=4, apex=2, bend=40.0)
    """
    return Curve(upper, lower, _apex(tilts, upper, lower), float(tilts[upper] - tilts[lower]))


def find_curves(tilts: NDArray[np.float64]) -> list[Curve]:
    """Find all curves of a spine between consecutive extrema of its tilt.

    An extremum counts where the tilt turns back by at least 3 degrees, half of what readers differ by.

    Parameters
    ----------
    tilts : NDArray[np.float64]
        (N,) smoothed tilts in degrees, from the top down, N at least 2.

    Returns
    -------
    list[Curve]
        The curves from the top down; the largest is always among them.

    Examples
    --------
    >>> curves = find_curves(np.array([0.0, 10.0, 20.0, 10.0, 0.0, -10.0]))
    >>> [(curve.upper, curve.lower, curve.angle, curve.convex) for curve in curves]
    [(0, 2, 20.0, 'left'), (2, 5, 30.0, 'right')]
    """
    ends = turning_points(tilts)
    return [curve_between(tilts, upper, lower) for upper, lower in itertools.pairwise(ends)]
