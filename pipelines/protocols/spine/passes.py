"""The vertebrae of a film and of each pass of the network over it: how far the passes agree about a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import COBB_ANGLE, COBB_ANGLE_AASCE
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.curves import find_curves
from radcaliper.measurements.spine.matching import match_vertebrae
from radcaliper.measurements.spine.smoothing import smooth
from radcaliper.measurements.spine.vertebra import (
    Corners,
    centres,
    corner_names,
    vertebra_number,
    vertebrae_among,
    vertebral_tilts,
)
from radcaliper.measurements.types import Landmark, MeasuredValue, Prediction, Radiograph, VertebraLevels

_FEWEST: Final = 4
"""Vertebrae that a pass must show to have a curve."""


@dataclass(frozen=True)
class SpinePass:
    """One pass: its corners (N, 4, 2) and smoothed tilts (N,) in degrees.

    ``same`` holds, for each vertebra of the film, its place in the pass or None; ``ends`` the places among the film's
    vertebrae of those at which the pass's own curves begin and end.
    """

    corners: Corners
    tilts: NDArray[np.float64]
    same: tuple[int | None, ...]
    ends: frozenset[int]


@dataclass(frozen=True)
class Spine:
    """The vertebrae of a film from the top down: names, corners (N, 4, 2), confidences (N,) from 0 to 1.

    ``passes`` are those that show a curve, ``pass_counts`` the vertebrae that each of all passes shows.
    """

    names: tuple[str, ...]
    corners: Corners
    confidence: NDArray[np.float64]
    passes: tuple[SpinePass, ...]
    pass_counts: tuple[int, ...]
    levels: VertebraLevels = field(default_factory=VertebraLevels)


def _corners(landmarks: dict[str, Landmark]) -> tuple[list[str], Corners]:
    return vertebrae_among({name: landmark.point for name, landmark in landmarks.items()})


def _pass(base: Corners, corners: Corners, film: Radiograph) -> SpinePass:
    tilts = smooth(vertebral_tilts(corners, film.grid))
    ends = {end for curve in find_curves(tilts) for end in (curve.upper, curve.lower)}
    back = match_vertebrae(corners, base)
    found = frozenset(place for end in ends if (place := back[end]) is not None)
    return SpinePass(corners, tilts, tuple(match_vertebrae(base, corners)), found)


def locate(film: Radiograph, prediction: Prediction) -> Spine:
    """The vertebrae that a prediction's landmarks are the corners of."""
    names, corners = _corners(dict(prediction.landmarks))
    confidence = [prediction.landmarks[corner_names(name)[0]].confidence for name in names]
    in_passes = [_corners(dict(one.landmarks))[1] for one in prediction.passes]
    passes = tuple(_pass(corners, each, film) for each in in_passes if len(each) >= _FEWEST)
    sure = np.array(confidence, dtype=np.float64)
    return Spine(tuple(names), corners, sure, passes, tuple(map(len, in_passes)), prediction.levels)


def end_vertebrae(measured: MeasuredValue) -> tuple[int, ...]:
    """Places from the top (0 the first) of the end vertebrae that a value names; empty where it names none."""
    return tuple(vertebra_number(measured.details[end]) - 1 for end in ("upper", "lower") if end in measured.details)


def _angles_between(ends: tuple[int, ...], passes: Sequence[SpinePass]) -> list[float]:
    """The angle between the same two vertebrae in each pass that shows both."""
    places = [tuple(one.same[end] for end in ends) for one in passes]
    return [
        float(abs(one.tilts[upper] - one.tilts[lower]))
        for one, (upper, lower) in zip(passes, places, strict=True)
        if upper is not None and lower is not None
    ]


def _sideways(measured: MeasuredValue, one: SpinePass, film: Radiograph) -> float:
    """The horizontal distance of a pass's vertebrae nearest to the value's two points."""
    middles = centres(one.corners)
    nearest = [middles[np.hypot(*(middles - point).T).argmin()] for point in measured.points]
    return float(nearest[0][1] - nearest[1][1]) * film.grid.col


def values_over_passes(measured: MeasuredValue, passes: Sequence[SpinePass], film: Radiograph) -> list[float]:
    """The measurement in each of the passes that shows what it is measured between."""
    if measured.spec is COBB_ANGLE_AASCE:
        return [float(getattr(aasce_angles(one.corners, film.shape[0]), measured.site)) for one in passes]
    if measured.spec is COBB_ANGLE:
        return _angles_between(end_vertebrae(measured), passes)
    return [_sideways(measured, one, film) for one in passes]


def end_vertebra_unsure(measured: MeasuredValue, passes: Sequence[SpinePass]) -> bool:
    """Whether some pass's own curves put an end of this one at another vertebra."""
    return any(not one.ends.issuperset(end_vertebrae(measured)) for one in passes)
