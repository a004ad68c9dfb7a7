"""Correcting a spine film: drag the corners of its vertebrae, and every curve is measured anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from radcaliper.measurements.cobb.angles import spine_readings
from radcaliper.measurements.references import reference_class
from radcaliper.measurements.types import Analysis, Measurement, NotMeasurable, Point, Reading
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.numbers import Key, Number, Readings, key_of
from radcaliper.pipelines.review.protocol import Line, Places, ReviewProtocol

_CORNERS: Final = ("tl", "tr", "bl", "br")
_NAME: Final = re.compile(r"(vertebra_\d+)_tl")
_OUTWARDS: Final = 1.2
"""How far an end plate's line is drawn beyond the vertebra on each side, in its widths."""
_ANGLE: Final = 1.7
"""How far beyond the vertebra its curve's angle stands."""


def _vertebrae(places: Places) -> list[str]:
    """The vertebrae of which all corners are there, from the top down."""
    names = sorted(match[1] for match in map(_NAME.fullmatch, places) if match)
    return [name for name in names if all(f"{name}_{corner}" in places for corner in _CORNERS)]


def _quad(places: Places, vertebra: str) -> tuple[Point, ...]:
    return tuple(places[f"{vertebra}_{corner}"] for corner in _CORNERS)


def landmarks(analysis: Analysis, edits: Edits) -> Places:
    """All corners: where they were measured, or where they were dragged."""
    return {name: landmark.point for name, landmark in analysis.landmarks.items()} | dict(edits.points)


def read(analysis: Analysis, edits: Edits) -> Readings:
    """Every number of the spine, as soon as a corner was dragged; a curve that is no more is ``corrected_away``."""
    if not edits.points:
        return {}
    places, film = landmarks(analysis, edits), analysis.radiograph
    names = _vertebrae(places)
    corners = np.array([_quad(places, name) for name in names], dtype=float).reshape(-1, 4, 2)
    try:
        fresh = spine_readings(corners, names, film.shape[0], film.grid)
    except NotMeasurable as refusal:
        return {key_of(number): refusal for number in analysis.measurements}
    gone = NotMeasurable("corrected_away")
    readings: dict[Key, Reading | NotMeasurable] = {key_of(number): gone for number in analysis.measurements}
    return readings | {key_of(reading): reading for reading in fresh}


def rests_on(number: Measurement) -> tuple[str, ...]:
    """The two end vertebrae of an angle, or the whole spine."""
    ends = tuple(number.details[end] for end in ("upper", "lower") if end in number.details)
    return ends or ("spine",)


def classify(reading: Reading, view: str) -> str:
    """A spine is classed by its largest curve."""
    return reference_class(reading, view) if reading.site == "curve_1" else ""


def _beyond(a: Point, b: Point, widths: float) -> Point:
    """The place on the line from a to b that lies beyond b."""
    return Point(b.row + widths * (b.row - a.row), b.col + widths * (b.col - a.col))


def _curve_lines(number: Measurement) -> tuple[Line, ...]:
    """The end plates of a curve, lengthened, and its angle beside the upper one."""
    left, right, *lower = number.points
    words = _beyond(left, right, _ANGLE)
    return (
        Line((_beyond(right, left, _OUTWARDS), _beyond(left, right, _OUTWARDS)), number.site),
        Line((_beyond(lower[1], lower[0], _OUTWARDS), _beyond(lower[0], lower[1], _OUTWARDS)), number.site),
        Line((words, words), number.site, f"{number.value:.0f}\N{DEGREE SIGN}"),
    )


def lines(places: Places, numbers: Sequence[Number]) -> tuple[Line, ...]:
    """The outline of every vertebra, and the end plates of every curve with its angle."""
    drawn = []
    for name in _vertebrae(places):
        top_left, top_right, bottom_left, bottom_right = _quad(places, name)
        outline = (top_left, top_right, bottom_right, bottom_left)
        drawn.append(Line(outline, "vertebra", name.removeprefix("vertebra_").lstrip("0"), closed=True))
    for number in (each.now for each in numbers):
        if number.measurement == "cobb_angle" and number.method == "vertebral_tilt" and number.value is not None:
            drawn += _curve_lines(number)
    return tuple(drawn)


SPINE: Final = ReviewProtocol(read=read, landmarks=landmarks, lines=lines, rests_on=rests_on, classify=classify)
