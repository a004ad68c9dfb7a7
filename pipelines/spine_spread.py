"""How far the views of one spine film differ: the same number, and the same end vertebrae, in each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from radcaliper.measurements.cobb.aasce import aasce_angles
from radcaliper.measurements.cobb.agreement import matching
from radcaliper.measurements.cobb.curves import find_curves
from radcaliper.measurements.cobb.smoothing import smooth
from radcaliper.measurements.cobb.vertebra import Corners, centres, vertebral_tilts
from radcaliper.measurements.types import Radiograph, Reading
from radcaliper.models.spine import SpineReading

_FEWEST: Final = 4


def interval_key(reading: Reading) -> str:
    """The reading's name in the table of interval widths: the three AASCE angles are not equally hard."""
    return f"{reading.measurement}:{reading.site}" if reading.measurement == "cobb_angle_aasce" else reading.measurement


def end_vertebrae(reading: Reading) -> tuple[int, ...]:
    """Places from the top (0 the first) of the end vertebrae that a reading names; empty where it names none."""
    return tuple(int(reading.details[end].split("_")[1]) - 1 for end in ("upper", "lower") if end in reading.details)


def _angle_between(base: Corners, view: Corners, ends: tuple[int, ...], film: Radiograph) -> float | None:
    """The angle between the same two vertebrae in a view; None where it does not show both."""
    same = matching(base, view)
    upper, lower = (same[end] for end in ends)
    if upper is None or lower is None:
        return None
    tilts = smooth(vertebral_tilts(view, film.grid))
    return float(abs(tilts[upper] - tilts[lower]))


def _sideways(reading: Reading, view: Corners, film: Radiograph) -> float:
    """The horizontal distance of a view's vertebrae nearest to the reading's two points."""
    middles = centres(view)
    nearest = [middles[np.hypot(*(middles - point).T).argmin()] for point in reading.points]
    return float(nearest[0][1] - nearest[1][1]) * film.grid.col


def values_over_views(reading: Reading, spine: SpineReading, film: Radiograph) -> list[float]:
    """The reading's number in each of the views that shows what it is measured between."""
    views = [view.corners for view in spine.views if len(view) >= _FEWEST]
    if reading.measurement == "cobb_angle_aasce":
        return [float(getattr(aasce_angles(view, film.shape[0]), reading.site)) for view in views]
    if reading.measurement == "cobb_angle":
        ends = end_vertebrae(reading)
        between = (_angle_between(spine.vertebrae.corners, view, ends, film) for view in views)
        return [angle for angle in between if angle is not None]
    return [_sideways(reading, view, film) for view in views]


def end_vertebra_unsure(reading: Reading, spine: SpineReading, film: Radiograph) -> bool:
    """Whether some view's own curves put an end of this one at another vertebra."""
    chosen = end_vertebrae(reading)
    return any(not set(chosen) <= _ends_in(spine.vertebrae.corners, view.corners, film) for view in spine.views)


def _ends_in(base: Corners, view: Corners, film: Radiograph) -> set[int]:
    """Places in ``base`` of the vertebrae at which the curves of a view begin and end."""
    if len(view) < _FEWEST:
        return set()
    curves = find_curves(smooth(vertebral_tilts(view, film.grid)))
    ends: Iterable[int] = {end for curve in curves for end in (curve.upper, curve.lower)}
    found = matching(view, base)
    return {place for end in ends if (place := found[end]) is not None}
