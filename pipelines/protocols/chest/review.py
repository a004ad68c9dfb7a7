"""Correcting a chest film: brush any mask, or drag the ends of the cardiothoracic ratio, the carina and tubes' tips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from radcaliper.measurements.chest import CHEST_MEASURES, find_carina
from radcaliper.measurements.chest.airway import carina_angle_at, trachea_deviation_above
from radcaliper.measurements.chest.cardiothoracic import (
    Ends,
    cardiothoracic_ratio_between,
    heart_ends,
    heart_width_between,
    thoracic_width_between,
    thorax_ends,
)
from radcaliper.measurements.chest.mediastinum import mediastinal_width_over
from radcaliper.measurements.references import reference_class
from radcaliper.measurements.tubes import TUBE_MEASURES, TubeMeasure
from radcaliper.measurements.types import Analysis, Grid, Masks, Measurement, NotMeasurable, Point, Reading
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.models.tubes.channels import TUBES
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.numbers import Key, Number, Readings, key_of
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


def _at(places: Places, name: str) -> Point:
    if name not in places:
        raise NotMeasurable("missing_structure")
    return places[name]


@dataclass(frozen=True)
class Placed:
    """A number that rests on landmarks a person may drag: which they are, and how it is read from where they are."""

    landmarks: tuple[str, ...]
    read: Callable[[Masks, Places, Grid], Reading]


def _from_tip(measure: TubeMeasure) -> Placed:
    """A tube's distance from where its tip is now: of the course only the tip is known once it was dragged."""
    tip = f"{measure.tube}_tip"

    def read_from_tip(masks: Masks, places: Places, grid: Grid) -> Reading:
        return measure.function(np.array([_at(places, tip)]), places.get("carina"), masks, grid)

    return Placed((tip, "carina"), read_from_tip)


PLACED: Final[dict[tuple[str, str], Placed]] = {
    ("heart_width", ""): Placed(_HEART, lambda _, places, grid: heart_width_between(_ends(places, _HEART), grid)),
    ("thoracic_width", ""): Placed(
        _THORAX, lambda _, places, grid: thoracic_width_between(_ends(places, _THORAX), grid)
    ),
    ("cardiothoracic_ratio", ""): Placed(
        (*_HEART, *_THORAX),
        lambda _, places, grid: cardiothoracic_ratio_between(_ends(places, _HEART), _ends(places, _THORAX), grid),
    ),
    ("mediastinal_width_ratio", ""): Placed(
        _THORAX,
        lambda masks, places, grid: mediastinal_width_over(
            thoracic_width_between(_ends(places, _THORAX), grid), masks, grid
        ),
    ),
    ("carina_angle", ""): Placed(
        ("carina",), lambda masks, places, grid: carina_angle_at(_at(places, "carina"), masks, grid)
    ),
    ("trachea_deviation", ""): Placed(
        ("carina",), lambda masks, places, grid: trachea_deviation_above(_at(places, "carina"), masks, grid)
    ),
    **{(measure.name, ""): _from_tip(measure) for measure in TUBE_MEASURES},
}
"""By measurement and site, whatever the masks say. One whose first landmark is not there stays as it was."""


def _or_refusal(reading: Callable[[], Reading]) -> Reading | NotMeasurable:
    try:
        return reading()
    except NotMeasurable as refusal:
        return refusal


def read(analysis: Analysis, edits: Edits) -> Readings:
    """Every number that rests on a brushed mask or on a dragged landmark, which counts before the mask."""
    masks, places, grid = _masks(analysis, edits), landmarks(analysis, edits), analysis.radiograph.grid
    placed = {
        key_of(number): PLACED[number.measurement, number.site]
        for number in analysis.measurements
        if (number.measurement, number.site) in PLACED
    }
    dragged = {
        key: each
        for key, each in placed.items()
        if set(each.landmarks) & set(edits.points) and each.landmarks[0] in places
    }
    brushed = {
        Key(measure.name, measure.site, "mask"): measure
        for measure in CHEST_MEASURES
        if set(edits.masks) & set(measure.needs)
    }
    on_masks = {key: measure for key, measure in brushed.items() if key not in dragged}
    return {
        **{key: _or_refusal(partial(measure.function, masks, grid)) for key, measure in on_masks.items()},
        **{key: _or_refusal(partial(each.read, masks, places, grid)) for key, each in dragged.items()},
    }


def rests_on(number: Measurement) -> tuple[str, ...]:
    """The structures that a number is measured on."""
    return _NEEDS.get((number.measurement, number.site), ())


def _level(ends: Ends) -> tuple[Point, Point]:
    """The horizontal that a width is measured along, at the ends' mean height."""
    row = (ends[0].row + ends[1].row) / 2
    return Point(row, ends[0].col), Point(row, ends[1].col)


def lines(places: Places, numbers: Sequence[Number], _: Grid) -> tuple[Line, ...]:
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
