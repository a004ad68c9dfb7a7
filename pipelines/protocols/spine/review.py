"""The review of spine films: corners and whole vertebrae, their levels, the ends of curves, and the column's mask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_centreline, measure_curves, measure_whole_spine, smoothed_tilts
from radcaliper.measurements.spine.levels import LEVELLED, levels_of, with_levels
from radcaliper.measurements.spine.partial import seen_values
from radcaliper.measurements.spine.vertebra import corner_names, vertebra_number, vertebrae_among
from radcaliper.measurements.types import (
    Analysis,
    Grid,
    Masks,
    MeasuredValue,
    Measurement,
    NotMeasurable,
    Point,
    Radiograph,
)
from radcaliper.models.spine.outlines import column_outline, filled
from radcaliper.pipelines.protocols.spine.curve_ends import with_chosen_ends
from radcaliper.pipelines.protocols.spine.end_plates import extended_end_plate, point_beyond
from radcaliper.pipelines.protocols.spine.snapping import snap_end_plates
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import ENDS_CHOSEN, MeasuredValues, ReviewedMeasurement, changed_values
from radcaliper.pipelines.review.protocol import (
    EndVertebrae,
    LandmarkPoints,
    MeasuredLine,
    ReviewProtocol,
    edited_masks,
)

_METHOD: Final = "vertebral_tilt"
_LEAST_DRAWN: Final = 10.0
"""Curves under 10 degrees are none that a reader would draw."""
_LABEL_DISTANCE: Final = 1.7
"""Distance of the angle's text from the upper end vertebra, in widths of the vertebra."""


def landmarks(analysis: Analysis, edits: Edits) -> LandmarkPoints:
    """All corners: automatic, or where a person moved them, of the vertebrae that are left."""
    return edits.landmarks({name: landmark.point for name, landmark in analysis.landmarks.items()})


def _levels_in(points: LandmarkPoints, measurements: Iterable[Measurement]) -> dict[str, str]:
    """The level of every vertebra, counted from those of end vertebrae and apices that the measurements name."""
    details = [each.details for each in measurements]
    named = {each[end]: each[f"{end}_level"] for each in details for end in LEVELLED if f"{end}_level" in each}
    return levels_of(vertebrae_among(points)[0], named)


def _levels(analysis: Analysis, edits: Edits, points: LandmarkPoints) -> dict[str, str]:
    """The level of every vertebra: counted from the one that a person named, else from those that are known."""
    if edits.levels:
        return levels_of(vertebrae_among(points)[0], edits.levels)
    return _levels_in(points, analysis.measurements)


def _values(analysis: Analysis, edits: Edits) -> MeasuredValues | NotMeasurable:
    """The measurements on the vertebrae after the edits."""
    points, ends, film = landmarks(analysis, edits), edits.ends, analysis.radiograph
    names, corners = vertebrae_among(points)
    try:
        curves = with_chosen_ends(smoothed_tilts(corners, film.grid), names, ends)
        values = measure_curves(corners, names, film.grid, curves)
        values += measure_whole_spine(corners, names, film.shape[0], film.grid)
    except NotMeasurable as refusal:
        return refusal
    levels = _levels(analysis, edits, points)
    named = (with_levels(value, levels) for value in values)
    marked = (_marked_as_chosen(value) if value.site in ends else value for value in named)
    return seen_values(marked, curves, len(names), chosen=ends)


def _centreline_values(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """The angles of an edited column's centreline; none where its mask was not edited, or shows no curve."""
    if "spine" not in edits.masks:
        return {}
    with suppress(NotMeasurable):
        return {value.key: value for value in measure_centreline(edits.masks, analysis.radiograph.grid)}
    return {}


def _marked_as_chosen(value: MeasuredValue) -> MeasuredValue:
    return replace(value, details={**value.details, **ENDS_CHOSEN}) if value.details else value


def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """The measurements that the edits change; a curve that they removed is refused as ``corrected_away``."""
    on_column = _centreline_values(analysis, edits)
    if not replace(edits, masks={}):
        return on_column
    keys = [each.key for each in analysis.measurements]
    new = _values(analysis, edits)
    if isinstance(new, NotMeasurable):
        return {**dict.fromkeys(keys, new), **on_column}
    before = _values(analysis, Edits())
    removed = NotMeasurable("corrected_away")
    lost = {key: removed for key in keys if key not in new}
    changed = changed_values(new, {} if isinstance(before, NotMeasurable) else before)
    return {**lost, **_with_automatic_values(changed, before, analysis), **on_column}


def _with_automatic_values(
    changed: MeasuredValues, before: MeasuredValues | NotMeasurable, analysis: Analysis
) -> MeasuredValues:
    """The changed numbers, the automatic value for those of which only the levels of vertebrae are other ones.

    Measured on the landmarks of the tables, a value would differ from the automatic one by their rounding.
    """
    if isinstance(before, NotMeasurable):
        return changed
    automatic = {each.key: each for each in analysis.measurements}
    kept = dict(changed)
    for key, value in changed.items():
        was, measured = before.get(key), automatic.get(key)
        if isinstance(value, NotMeasurable) or not isinstance(was, MeasuredValue) or measured is None:
            continue
        if (value.value, value.points) == (was.value, was.points) and measured.value is not None:
            kept[key] = replace(value, value=measured.value, points=measured.points)
    return kept


def measured_on(measurement: Measurement) -> tuple[str, ...]:
    """The two end vertebrae of an angle; for other measurements, the spine."""
    ends = tuple(measurement.details[end] for end in ("upper", "lower") if end in measurement.details)
    return ends or measurement.spec.structures


def _curve_lines(angle: Measurement) -> tuple[MeasuredLine, ...]:
    """The extended end plates of a curve, and its angle beside the upper one."""
    left, right, *lower = angle.points
    label_at = point_beyond(left, right, _LABEL_DISTANCE)
    return (
        MeasuredLine(extended_end_plate(left, right), angle.site, status=angle.status),
        MeasuredLine(extended_end_plate(*lower), angle.site, status=angle.status),
        MeasuredLine((label_at, label_at), angle.site, f"{angle.value:.0f}\N{DEGREE SIGN}"),
    )


def _curves(measurements: Sequence[ReviewedMeasurement]) -> list[Measurement]:
    now = (each.now for each in measurements)
    return [each for each in now if each.spec is COBB_ANGLE and each.method == _METHOD]


def lines(points: LandmarkPoints, measurements: Sequence[ReviewedMeasurement], _: Grid) -> tuple[MeasuredLine, ...]:
    """The outline of every vertebra with its level or number, and the end plates of every curve with its angle."""
    drawn = []
    levels = _levels_in(points, [each.now for each in measurements])
    for name in vertebrae_among(points)[0]:
        top_left, top_right, bottom_left, bottom_right = (points[corner] for corner in corner_names(name))
        outline = (top_left, top_right, bottom_right, bottom_left)
        label = levels.get(name, str(vertebra_number(name)))
        drawn.append(MeasuredLine(outline, "vertebra", label, closed=True))
    for angle in _curves(measurements):
        if angle.value is not None and angle.value >= _LEAST_DRAWN:
            drawn += _curve_lines(angle)
    return tuple(drawn)


def ends(points: LandmarkPoints, measurements: Sequence[ReviewedMeasurement]) -> EndVertebrae:
    """The end vertebrae of every curve, and the vertebrae to choose from."""
    of_curve = {
        each.site: (each.details["upper"], each.details["lower"]) for each in _curves(measurements) if each.details
    }
    levels = _levels_in(points, [each.now for each in measurements])
    return EndVertebrae(tuple(vertebrae_among(points)[0]), of_curve, levels)


def snap(film: Radiograph, points: LandmarkPoints, chosen: Collection[str]) -> LandmarkPoints:
    """The corners of every vertebra with a chosen corner, its end plates moved onto the edges on the film."""
    snapped: dict[str, Point] = {}
    for name, quad in zip(*vertebrae_among(points), strict=True):
        corners = corner_names(name)
        if set(corners) & set(chosen):
            moved = snap_end_plates(film.pixels, np.asarray(quad))
            snapped |= {corner: Point(*map(float, at)) for corner, at in zip(corners, moved, strict=True)}
    return snapped


def masks(analysis: Analysis, edits: Edits) -> Masks:
    """The column's mask: as a person painted it, else around the vertebrae where these were edited, else automatic."""
    found, corners = edited_masks(analysis, edits), vertebrae_among(landmarks(analysis, edits))[1]
    as_it_was = "spine" in found and not (edits.points or edits.removed)
    if "spine" in edits.masks or as_it_was or not len(corners):
        return found
    return {**found, "spine": filled(analysis.radiograph.shape, column_outline(corners)).mask}


REVIEW: Final = ReviewProtocol(
    measure=measure,
    landmarks=landmarks,
    lines=lines,
    measured_on=measured_on,
    ends=ends,
    snap=snap,
    structures=("spine",),
    masks=masks,
)
