"""Correcting a spine film: drag corners, or choose a curve's end vertebrae, and the curves are measured anew."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from radcaliper.measurements.references import reference_class
from radcaliper.measurements.spine.angles import curve_readings, smoothed_tilts, whole_spine_readings
from radcaliper.measurements.types import Analysis, Grid, Measurement, NotMeasurable, Point, Radiograph, Reading
from radcaliper.pipelines.protocols.spine.curve_ends import with_chosen_ends
from radcaliper.pipelines.protocols.spine.end_plates import beyond, lengthened
from radcaliper.pipelines.protocols.spine.snapping import snap_end_plates
from radcaliper.pipelines.review.edits import Edits, Ends
from radcaliper.pipelines.review.numbers import ENDS_CHOSEN, Number, Readings, changed, key_of
from radcaliper.pipelines.review.protocol import EndVertebrae, Line, Places, ReviewProtocol

_CORNERS: Final = ("tl", "tr", "bl", "br")
_NAME: Final = re.compile(r"(vertebra_\d+)_tl")
_USUAL: Final = "vertebral_tilt"
_ANGLE: Final = 1.7
"""How far beyond the vertebra its curve's angle stands."""


def vertebrae_of(places: Places) -> list[str]:
    """The vertebrae of which all corners are there, from the top down."""
    names = sorted(match[1] for match in map(_NAME.fullmatch, places) if match)
    return [name for name in names if all(f"{name}_{corner}" in places for corner in _CORNERS)]


def _quad(places: Places, vertebra: str) -> tuple[Point, ...]:
    return tuple(places[f"{vertebra}_{corner}"] for corner in _CORNERS)


def landmarks(analysis: Analysis, edits: Edits) -> Places:
    """All corners: where they were measured, or where they were dragged."""
    return {name: landmark.point for name, landmark in analysis.landmarks.items()} | dict(edits.points)


def _readings(places: Places, ends: Mapping[str, Ends], film: Radiograph) -> Readings | NotMeasurable:
    names = vertebrae_of(places)
    corners = np.array([_quad(places, name) for name in names], dtype=float).reshape(-1, 4, 2)
    try:
        curves = with_chosen_ends(smoothed_tilts(corners, film.grid), names, ends)
        fresh = curve_readings(corners, names, film.grid, curves)
        fresh += whole_spine_readings(corners, names, film.shape[0], film.grid)
    except NotMeasurable as refusal:
        return refusal
    return {key_of(reading): _by_a_person(reading) if reading.site in ends else reading for reading in fresh}


def _by_a_person(reading: Reading) -> Reading:
    return replace(reading, details={**reading.details, **ENDS_CHOSEN}) if reading.details else reading


def read(analysis: Analysis, edits: Edits) -> Readings:
    """The numbers that the edits change; a curve that is no more is ``corrected_away``."""
    if not edits.points and not edits.ends:
        return {}
    film, measured = analysis.radiograph, [key_of(number) for number in analysis.measurements]
    fresh = _readings(landmarks(analysis, edits), edits.ends, film)
    if isinstance(fresh, NotMeasurable):
        return dict.fromkeys(measured, fresh)
    former = _readings(landmarks(analysis, Edits()), {}, film)
    gone = NotMeasurable("corrected_away")
    return {
        **{key: gone for key in measured if key not in fresh},
        **changed(fresh, {} if isinstance(former, NotMeasurable) else former),
    }


def rests_on(number: Measurement) -> tuple[str, ...]:
    """The two end vertebrae of an angle, or the whole spine."""
    ends = tuple(number.details[end] for end in ("upper", "lower") if end in number.details)
    return ends or ("spine",)


def classify(reading: Reading, view: str) -> str:
    """A spine is classed by its largest curve."""
    return reference_class(reading, view) if reading.site == "curve_1" else ""


def _curve_lines(number: Measurement) -> tuple[Line, ...]:
    """The end plates of a curve, lengthened, and its angle beside the upper one."""
    left, right, *lower = number.points
    words = beyond(left, right, _ANGLE)
    return (
        Line(lengthened(left, right), number.site),
        Line(lengthened(*lower), number.site),
        Line((words, words), number.site, f"{number.value:.0f}\N{DEGREE SIGN}"),
    )


def lines(places: Places, numbers: Sequence[Number], _: Grid) -> tuple[Line, ...]:
    """The outline of every vertebra, and the end plates of every curve with its angle."""
    drawn = []
    for name in vertebrae_of(places):
        top_left, top_right, bottom_left, bottom_right = _quad(places, name)
        outline = (top_left, top_right, bottom_right, bottom_left)
        drawn.append(Line(outline, "vertebra", name.removeprefix("vertebra_").lstrip("0"), closed=True))
    for number in (each.now for each in numbers):
        if number.measurement == "cobb_angle" and number.method == _USUAL and number.value is not None:
            drawn += _curve_lines(number)
    return tuple(drawn)


def ends(places: Places, numbers: Sequence[Number]) -> EndVertebrae:
    """The end vertebrae of every curve, and what may be chosen in their place."""
    now = [each.now for each in numbers if each.now.measurement == "cobb_angle" and each.now.method == _USUAL]
    of_curve = {number.site: (number.details["upper"], number.details["lower"]) for number in now if number.details}
    return EndVertebrae(tuple(vertebrae_of(places)), of_curve)


def snap(film: Radiograph, places: Places, chosen: Collection[str]) -> Places:
    """The corners of the vertebrae of which one is among the chosen, their end plates where the film shows them."""
    names = [name for name in vertebrae_of(places) if any(each.startswith(f"{name}_") for each in chosen)]
    return {
        f"{name}_{corner}": Point(*map(float, place))
        for name in names
        for corner, place in zip(
            _CORNERS, snap_end_plates(film.pixels, np.array(_quad(places, name), dtype=float)), strict=True
        )
    }


SPINE: Final = ReviewProtocol(
    read=read, landmarks=landmarks, lines=lines, rests_on=rests_on, classify=classify, ends=ends, snap=snap
)
