"""Correcting a chest film: brush any mask, or drag the ends of the cardiothoracic ratio, the carina and tubes' tips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import numpy as np

from radcaliper.measurements.chest import CHEST_MEASURES, find_carina
from radcaliper.measurements.chest.cardiothoracic import (
    Ends,
    cardiothoracic_ratio_between,
    heart_ends,
    heart_width_between,
    thoracic_width_between,
    thorax_ends,
)
from radcaliper.measurements.chest.mediastinum import mediastinal_width_over
from radcaliper.measurements.measure import Measure
from radcaliper.measurements.references import reference_class
from radcaliper.measurements.tubes import TUBE_MEASURES
from radcaliper.measurements.types import Analysis, Grid, Masks, Measurement, NotMeasurable, Point, Reading
from radcaliper.models.structures import CHEST_STRUCTURES
from radcaliper.models.tube_parts import TUBES
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.numbers import Key, Number, Readings
from radcaliper.pipelines.review.protocol import Line, Places, ReviewProtocol

_HEART: Final = ("heart_right", "heart_left")
_THORAX: Final = ("thorax_right", "thorax_left")
_ANCHORS: Final = {
    "heart_right": "heart",
    "heart_left": "heart",
    "thorax_right": "right_lung",
    "thorax_left": "left_lung",
    "carina": "airways",
}
_NEEDS: Final = {
    **{(measure.name, measure.site): measure.needs for measure in CHEST_MEASURES},
    **{(measure.name, ""): (measure.tube,) for measure in TUBE_MEASURES},
}
_LINES: Final = {
    "mediastinal_width": "cardiomediastinum",
    "carina_angle": "airways",
    "costophrenic_angle": "lung",
    "ett_tip_to_carina": "ett",
    "ngt_tip_to_diaphragm": "ngt",
    "cvc_tip_to_carina": "cvc",
}
"""Measurements whose points are drawn as they are, with the structure that lends its colour."""

Between = Callable[[Masks, Places, Grid], Reading]


def _masks(analysis: Analysis, edits: Edits) -> Masks:
    automatic = {} if analysis.segmentation is None else analysis.segmentation.masks
    return {**automatic, **edits.masks}


def _found_ends(names: tuple[str, str], find: Callable[[Masks], Ends], masks: Masks) -> dict[str, Point]:
    """The ends on the masks; none where the masks show none."""
    with suppress(NotMeasurable):  # the number that needs the ends is refused with its reason when it is read
        return dict(zip(names, find(masks), strict=True))
    return {}


def landmarks(analysis: Analysis, edits: Edits) -> Places:
    """All landmarks: as measured; found anew on masks that were brushed; where they were dragged."""
    places = {name: landmark.point for name, landmark in analysis.landmarks.items()}
    masks = _masks(analysis, edits)
    if "heart" in edits.masks:
        places |= _found_ends(_HEART, heart_ends, masks)
    if {"right_lung", "left_lung"} & set(edits.masks):
        places |= _found_ends(_THORAX, thorax_ends, masks)
    if "airways" in edits.masks:
        places.pop("carina", None)
        with suppress(NotMeasurable):  # carina_angle's refusal says why
            places["carina"] = find_carina(masks["airways"])
    return {**places, **edits.points}


def _ends(places: Places, names: tuple[str, str]) -> Ends:
    if not set(names) <= set(places):
        raise NotMeasurable("missing_structure")
    return places[names[0]], places[names[1]]


_BETWEEN: Final[dict[str, Between]] = {
    "heart_width": lambda _, places, grid: heart_width_between(_ends(places, _HEART), grid),
    "thoracic_width": lambda _, places, grid: thoracic_width_between(_ends(places, _THORAX), grid),
    "cardiothoracic_ratio": lambda _, places, grid: cardiothoracic_ratio_between(
        _ends(places, _HEART), _ends(places, _THORAX), grid
    ),
    "mediastinal_width_ratio": lambda masks, places, grid: mediastinal_width_over(
        thoracic_width_between(_ends(places, _THORAX), grid), masks, grid
    ),
}
"""Measures between ends that a person may have drawn, whatever the masks say."""


def _read(measure: Measure, masks: Masks, places: Places, grid: Grid) -> Reading | NotMeasurable:
    between = _BETWEEN.get(measure.name)
    try:
        return measure.function(masks, grid) if between is None else between(masks, places, grid)
    except NotMeasurable as refusal:
        return refusal


def _read_tubes(edits: Edits, masks: Masks, places: Places, grid: Grid) -> dict[Key, Reading | NotMeasurable]:
    """The distances of tips that were dragged, or whose carina was; of the course only the tip is known by now."""
    found: dict[Key, Reading | NotMeasurable] = {}
    for measure in TUBE_MEASURES:
        tip = places.get(f"{measure.tube}_tip")
        if tip is None or not {f"{measure.tube}_tip", "carina"} & set(edits.points):
            continue
        try:
            reading = measure.function(np.array([tip]), places.get("carina"), masks, grid)
            found[Key(measure.name, "", reading.method)] = reading
        except NotMeasurable as refusal:
            found[Key(measure.name, "", "course")] = refusal
    return found


def read(analysis: Analysis, edits: Edits) -> Readings:
    """Every measure that rests on a brushed mask, or between ends of which one was dragged."""
    masks, places, grid = _masks(analysis, edits), landmarks(analysis, edits), analysis.radiograph.grid
    dragged = {_ANCHORS[name] for name in edits.points if name in _ANCHORS}
    return {
        Key(measure.name, measure.site, "mask"): _read(measure, masks, places, grid)
        for measure in CHEST_MEASURES
        if set(edits.masks) & set(measure.needs) or (measure.name in _BETWEEN and dragged & set(measure.needs))
    } | _read_tubes(edits, masks, places, grid)


def rests_on(number: Measurement) -> tuple[str, ...]:
    """The structures that a number is measured on."""
    return _NEEDS.get((number.measurement, number.site), ())


def _level(ends: Ends) -> tuple[Point, Point]:
    """The horizontal that a width is measured along, at the ends' mean height."""
    row = (ends[0].row + ends[1].row) / 2
    return Point(row, ends[0].col), Point(row, ends[1].col)


def lines(places: Places, numbers: Sequence[Number]) -> tuple[Line, ...]:
    """The two lines of the cardiothoracic ratio, and what the other numbers were measured between."""
    drawn = [
        Line(_level((places[names[0]], places[names[1]])), structure)
        for names, structure in ((_HEART, "heart"), (_THORAX, "right_lung"))
        if set(names) <= set(places)
    ]
    for number in (each.now for each in numbers):
        if number.measurement in _LINES and number.points:
            colour = _LINES[number.measurement]
            drawn.append(Line(number.points, f"{number.site}_{colour}" if number.site else colour))
    return tuple(drawn)


CHEST: Final = ReviewProtocol(
    read=read,
    landmarks=landmarks,
    lines=lines,
    rests_on=rests_on,
    classify=reference_class,
    brushed=(*CHEST_STRUCTURES, *TUBES),
    covering=("cardiomediastinum", "spine"),
    anchors=_ANCHORS,
)
