"""How far the views of one spine film differ: the same number, and the same end vertebrae, in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.curves import find_curves
from radcaliper.measurements.spine.matching import matching
from radcaliper.measurements.spine.smoothing import smooth
from radcaliper.measurements.spine.vertebra import Corners, centres, vertebral_tilts
from radcaliper.measurements.types import Radiograph, Reading
from radcaliper.models.spine.predict import SpineReading

_FEWEST: Final = 4


def interval_key(reading: Reading) -> str:
    """The reading's name in the table of interval widths: the three AASCE angles are not equally hard."""
    return f"{reading.measurement}:{reading.site}" if reading.measurement == "cobb_angle_aasce" else reading.measurement


def end_vertebrae(reading: Reading) -> tuple[int, ...]:
    """Places from the top (0 the first) of the end vertebrae that a reading names; empty where it names none."""
    return tuple(int(reading.details[end].split("_")[1]) - 1 for end in ("upper", "lower") if end in reading.details)


@dataclass(frozen=True)
class View:
    """One view beside the answer: its corners (N, 4, 2) and smoothed tilts (N,) in degrees.

    ``same`` holds, for each vertebra of the answer, its place in the view or None; ``ends`` the places in the answer of
    the vertebrae at which the view's own curves begin and end.
    """

    corners: Corners
    tilts: NDArray[np.float64]
    same: tuple[int | None, ...]
    ends: frozenset[int]


def _view(base: Corners, corners: Corners, film: Radiograph) -> View:
    tilts = smooth(vertebral_tilts(corners, film.grid))
    ends = {end for curve in find_curves(tilts) for end in (curve.upper, curve.lower)}
    back = matching(corners, base)
    found = frozenset(place for end in ends if (place := back[end]) is not None)
    return View(corners, tilts, tuple(matching(base, corners)), found)


def views_of(spine: SpineReading, film: Radiograph) -> tuple[View, ...]:
    """The views of a film that show enough vertebrae to have a curve."""
    base = spine.vertebrae.corners
    return tuple(_view(base, view.corners, film) for view in spine.views if len(view) >= _FEWEST)


def _angles_between(ends: tuple[int, ...], views: Sequence[View]) -> list[float]:
    """The angle between the same two vertebrae in each view that shows both."""
    places = [tuple(view.same[end] for end in ends) for view in views]
    return [
        float(abs(view.tilts[upper] - view.tilts[lower]))
        for view, (upper, lower) in zip(views, places, strict=True)
        if upper is not None and lower is not None
    ]


def _sideways(reading: Reading, view: View, film: Radiograph) -> float:
    """The horizontal distance of a view's vertebrae nearest to the reading's two points."""
    middles = centres(view.corners)
    nearest = [middles[np.hypot(*(middles - point).T).argmin()] for point in reading.points]
    return float(nearest[0][1] - nearest[1][1]) * film.grid.col


def values_over_views(reading: Reading, views: Sequence[View], film: Radiograph) -> list[float]:
    """The reading's number in each of the views that shows what it is measured between."""
    if reading.measurement == "cobb_angle_aasce":
        return [float(getattr(aasce_angles(view.corners, film.shape[0]), reading.site)) for view in views]
    if reading.measurement == "cobb_angle":
        return _angles_between(end_vertebrae(reading), views)
    return [_sideways(reading, view, film) for view in views]


def end_vertebra_unsure(reading: Reading, views: Sequence[View]) -> bool:
    """Whether some view's own curves put an end of this one at another vertebra."""
    return any(not view.ends.issuperset(end_vertebrae(reading)) for view in views)
