"""Correcting a spine film: drag corners, or choose a curve's end vertebrae, and the curves are measured anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_curves, measure_whole_spine, smoothed_tilts
from radcaliper.measurements.spine.vertebra import corner_names, vertebra_number, vertebrae_among
from radcaliper.measurements.types import Analysis, Grid, MeasuredValue, Measurement, NotMeasurable, Point, Radiograph
from radcaliper.pipelines.protocols.spine.curve_ends import with_chosen_ends
from radcaliper.pipelines.protocols.spine.end_plates import beyond, lengthened
from radcaliper.pipelines.protocols.spine.snapping import snap_end_plates
from radcaliper.pipelines.review.edits import Edits, Ends
from radcaliper.pipelines.review.measurements import ENDS_CHOSEN, MeasuredValues, ReviewedMeasurement, changed
from radcaliper.pipelines.review.protocol import EndVertebrae, Line, Points, ReviewProtocol

_USUAL: Final = "vertebral_tilt"
_ANGLE: Final = 1.7
"""How far beyond the vertebra its curve's angle stands."""


def landmarks(analysis: Analysis, edits: Edits) -> Points:
    """All corners: where they were measured, or where they were dragged."""
    return {name: landmark.point for name, landmark in analysis.landmarks.items()} | dict(edits.points)


def _values(points: Points, ends: Mapping[str, Ends], film: Radiograph) -> MeasuredValues | NotMeasurable:
    names, corners = vertebrae_among(points)
    try:
        curves = with_chosen_ends(smoothed_tilts(corners, film.grid), names, ends)
        values = measure_curves(corners, names, film.grid, curves)
        values += measure_whole_spine(corners, names, film.shape[0], film.grid)
    except NotMeasurable as refusal:
        return refusal
    return {value.key: _by_a_person(value) if value.site in ends else value for value in values}


def _by_a_person(value: MeasuredValue) -> MeasuredValue:
    return replace(value, details={**value.details, **ENDS_CHOSEN}) if value.details else value


def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """The measurements that the edits change; a curve that is no more is ``corrected_away``."""
    if not edits.points and not edits.ends:
        return {}
    film, keys = analysis.radiograph, [each.key for each in analysis.measurements]
    new = _values(landmarks(analysis, edits), edits.ends, film)
    if isinstance(new, NotMeasurable):
        return dict.fromkeys(keys, new)
    before = _values(landmarks(analysis, Edits()), {}, film)
    gone = NotMeasurable("corrected_away")
    return {
        **{key: gone for key in keys if key not in new},
        **changed(new, {} if isinstance(before, NotMeasurable) else before),
    }


def rests_on(measurement: Measurement) -> tuple[str, ...]:
    """The two end vertebrae of an angle, or the whole spine."""
    ends = tuple(measurement.details[end] for end in ("upper", "lower") if end in measurement.details)
    return ends or measurement.spec.structures


def _curve_lines(angle: Measurement) -> tuple[Line, ...]:
    """The end plates of a curve, lengthened, and its angle beside the upper one."""
    left, right, *lower = angle.points
    words = beyond(left, right, _ANGLE)
    return (
        Line(lengthened(left, right), angle.site),
        Line(lengthened(*lower), angle.site),
        Line((words, words), angle.site, f"{angle.value:.0f}\N{DEGREE SIGN}"),
    )


def _curves(measurements: Sequence[ReviewedMeasurement]) -> list[Measurement]:
    now = (each.now for each in measurements)
    return [each for each in now if each.spec is COBB_ANGLE and each.method == _USUAL]


def lines(points: Points, measurements: Sequence[ReviewedMeasurement], _: Grid) -> tuple[Line, ...]:
    """The outline of every vertebra, and the end plates of every curve with its angle."""
    drawn = []
    for name in vertebrae_among(points)[0]:
        top_left, top_right, bottom_left, bottom_right = (points[corner] for corner in corner_names(name))
        outline = (top_left, top_right, bottom_right, bottom_left)
        drawn.append(Line(outline, "vertebra", str(vertebra_number(name)), closed=True))
    for angle in _curves(measurements):
        if angle.value is not None:
            drawn += _curve_lines(angle)
    return tuple(drawn)


def ends(points: Points, measurements: Sequence[ReviewedMeasurement]) -> EndVertebrae:
    """The end vertebrae of every curve, and what may be chosen in their place."""
    of_curve = {
        each.site: (each.details["upper"], each.details["lower"]) for each in _curves(measurements) if each.details
    }
    return EndVertebrae(tuple(vertebrae_among(points)[0]), of_curve)


def snap(film: Radiograph, points: Points, chosen: Collection[str]) -> Points:
    """The corners of the vertebrae of which one is among the chosen, their end plates where the film shows them."""
    snapped: dict[str, Point] = {}
    for name, quad in zip(*vertebrae_among(points), strict=True):
        corners = corner_names(name)
        if set(corners) & set(chosen):
            moved = snap_end_plates(film.pixels, np.asarray(quad))
            snapped |= {corner: Point(*map(float, place)) for corner, place in zip(corners, moved, strict=True)}
    return snapped


REVIEW: Final = ReviewProtocol(
    measure=measure, landmarks=landmarks, lines=lines, rests_on=rests_on, ends=ends, snap=snap
)
