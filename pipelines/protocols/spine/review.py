"""The review of spine films: corners of vertebrae can be moved, and the end vertebrae of a curve chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_curves, measure_whole_spine, smoothed_tilts
from radcaliper.measurements.spine.partial import seen_values
from radcaliper.measurements.spine.vertebra import corner_names, vertebra_number, vertebrae_among
from radcaliper.measurements.types import Analysis, Grid, MeasuredValue, Measurement, NotMeasurable, Point, Radiograph
from radcaliper.pipelines.protocols.spine.curve_ends import with_chosen_ends
from radcaliper.pipelines.protocols.spine.end_plates import extended_end_plate, point_beyond
from radcaliper.pipelines.protocols.spine.snapping import snap_end_plates
from radcaliper.pipelines.review.edits import CurveEnds, Edits
from radcaliper.pipelines.review.measurements import ENDS_CHOSEN, MeasuredValues, ReviewedMeasurement, changed_values
from radcaliper.pipelines.review.protocol import EndVertebrae, LandmarkPoints, MeasuredLine, ReviewProtocol

_METHOD: Final = "vertebral_tilt"
_LABEL_DISTANCE: Final = 1.7
"""Distance of the angle's text from the upper end vertebra, in widths of the vertebra."""


def landmarks(analysis: Analysis, edits: Edits) -> LandmarkPoints:
    """All corners: automatic, or where a person moved them."""
    return {name: landmark.point for name, landmark in analysis.landmarks.items()} | dict(edits.points)


def _values(points: LandmarkPoints, ends: Mapping[str, CurveEnds], film: Radiograph) -> MeasuredValues | NotMeasurable:
    names, corners = vertebrae_among(points)
    try:
        curves = with_chosen_ends(smoothed_tilts(corners, film.grid), names, ends)
        values = measure_curves(corners, names, film.grid, curves)
        values += measure_whole_spine(corners, names, film.shape[0], film.grid)
    except NotMeasurable as refusal:
        return refusal
    marked = (_marked_as_chosen(value) if value.site in ends else value for value in values)
    return seen_values(marked, curves, len(names), chosen=ends)


def _marked_as_chosen(value: MeasuredValue) -> MeasuredValue:
    return replace(value, details={**value.details, **ENDS_CHOSEN}) if value.details else value


def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """The measurements that the edits change; a curve that they removed is refused as ``corrected_away``."""
    if not edits.points and not edits.ends:
        return {}
    film, keys = analysis.radiograph, [each.key for each in analysis.measurements]
    new = _values(landmarks(analysis, edits), edits.ends, film)
    if isinstance(new, NotMeasurable):
        return dict.fromkeys(keys, new)
    before = _values(landmarks(analysis, Edits()), {}, film)
    removed = NotMeasurable("corrected_away")
    lost = {key: removed for key in keys if key not in new}
    return {**lost, **changed_values(new, {} if isinstance(before, NotMeasurable) else before)}


def measured_on(measurement: Measurement) -> tuple[str, ...]:
    """The two end vertebrae of an angle; for other measurements, the spine."""
    ends = tuple(measurement.details[end] for end in ("upper", "lower") if end in measurement.details)
    return ends or measurement.spec.structures


def _curve_lines(angle: Measurement) -> tuple[MeasuredLine, ...]:
    """The extended end plates of a curve, and its angle beside the upper one."""
    left, right, *lower = angle.points
    label_at = point_beyond(left, right, _LABEL_DISTANCE)
    return (
        MeasuredLine(extended_end_plate(left, right), angle.site),
        MeasuredLine(extended_end_plate(*lower), angle.site),
        MeasuredLine((label_at, label_at), angle.site, f"{angle.value:.0f}\N{DEGREE SIGN}"),
    )


def _curves(measurements: Sequence[ReviewedMeasurement]) -> list[Measurement]:
    now = (each.now for each in measurements)
    return [each for each in now if each.spec is COBB_ANGLE and each.method == _METHOD]


def lines(points: LandmarkPoints, measurements: Sequence[ReviewedMeasurement], _: Grid) -> tuple[MeasuredLine, ...]:
    """The outline of every vertebra, and the end plates of every curve with its angle."""
    drawn = []
    for name in vertebrae_among(points)[0]:
        top_left, top_right, bottom_left, bottom_right = (points[corner] for corner in corner_names(name))
        outline = (top_left, top_right, bottom_right, bottom_left)
        drawn.append(MeasuredLine(outline, "vertebra", str(vertebra_number(name)), closed=True))
    for angle in _curves(measurements):
        if angle.value is not None:
            drawn += _curve_lines(angle)
    return tuple(drawn)


def ends(points: LandmarkPoints, measurements: Sequence[ReviewedMeasurement]) -> EndVertebrae:
    """The end vertebrae of every curve, and the vertebrae to choose from."""
    of_curve = {
        each.site: (each.details["upper"], each.details["lower"]) for each in _curves(measurements) if each.details
    }
    return EndVertebrae(tuple(vertebrae_among(points)[0]), of_curve)


def snap(film: Radiograph, points: LandmarkPoints, chosen: Collection[str]) -> LandmarkPoints:
    """The corners of every vertebra with a chosen corner, its end plates moved onto the edges on the film."""
    snapped: dict[str, Point] = {}
    for name, quad in zip(*vertebrae_among(points), strict=True):
        corners = corner_names(name)
        if set(corners) & set(chosen):
            moved = snap_end_plates(film.pixels, np.asarray(quad))
            snapped |= {corner: Point(*map(float, at)) for corner, at in zip(corners, moved, strict=True)}
    return snapped


REVIEW: Final = ReviewProtocol(
    measure=measure, landmarks=landmarks, lines=lines, measured_on=measured_on, ends=ends, snap=snap
)
