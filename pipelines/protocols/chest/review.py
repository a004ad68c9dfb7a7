"""Correcting a chest film: brush any mask, or drag the ends of the cardiothoracic ratio, the carina and tubes' tips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from radcaliper.measurements.catalog import (
    CARDIOTHORACIC_RATIO,
    CARINA_ANGLE,
    COSTOPHRENIC_ANGLE,
    CVC_TIP_TO_CARINA,
    ETT_TIP_TO_CARINA,
    HEART_WIDTH,
    MEDIASTINAL_WIDTH,
    MEDIASTINAL_WIDTH_RATIO,
    NGT_TIP_TO_DIAPHRAGM,
    THORACIC_WIDTH,
    TRACHEA_DEVIATION,
)
from radcaliper.measurements.chest import find_carina
from radcaliper.measurements.chest.airway import carina_angle_at, trachea_deviation_above
from radcaliper.measurements.chest.cardiothoracic import (
    WidthEnds,
    cardiothoracic_ratio_between,
    heart_ends,
    heart_width_between,
    thoracic_width_between,
    thorax_ends,
)
from radcaliper.measurements.chest.mediastinum import mediastinal_width_over
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Analysis, Grid, Key, Masks, MeasuredValue, NotMeasurable, Point
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of
from radcaliper.pipelines.protocols.measuring import on_masks
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement
from radcaliper.pipelines.review.on_masks import edited_masks, measure_edited, rests_on, value_or_refusal
from radcaliper.pipelines.review.protocol import Line, Points, ReviewProtocol

MASK_MEASUREMENTS: Final = on_masks(PROTOCOL.measurements)
_HEART: Final = ("heart_right", "heart_left")
_THORAX: Final = ("thorax_right", "thorax_left")
_ANCHORS: Final = {
    "heart_right": "heart",
    "heart_left": "heart",
    "thorax_right": "right_lung",
    "thorax_left": "left_lung",
    "carina": "airways",
}
_LINES: Final = {
    MEDIASTINAL_WIDTH.name: "cardiomediastinum",
    CARINA_ANGLE.name: "airways",
    COSTOPHRENIC_ANGLE.name: "{site}_lung",
    ETT_TIP_TO_CARINA.name: "ett",
    NGT_TIP_TO_DIAPHRAGM.name: "ngt",
    CVC_TIP_TO_CARINA.name: "cvc",
}
"""Measurements whose points are drawn as they are, with the structure that lends its colour."""


def _found_ends(names: tuple[str, str], find: Callable[[Masks], WidthEnds], masks: Masks) -> dict[str, Point]:
    """The ends on the masks; none where the masks show none."""
    with suppress(NotMeasurable):  # the number that needs the ends is refused with its reason when it is read
        return dict(zip(names, find(masks), strict=True))
    return {}


def landmarks(analysis: Analysis, edits: Edits) -> Points:
    """All landmarks: as measured; found anew on masks that were brushed; where they were dragged."""
    points = {name: landmark.point for name, landmark in analysis.landmarks.items()}
    masks = edited_masks(analysis, edits)
    if "heart" in edits.masks:
        points |= _found_ends(_HEART, heart_ends, masks)
    if {"right_lung", "left_lung"} & set(edits.masks):
        points |= _found_ends(_THORAX, thorax_ends, masks)
    if "airways" in edits.masks:
        points.pop("carina", None)
        with suppress(NotMeasurable):  # carina_angle's refusal says why
            points["carina"] = find_carina(masks["airways"])
    return {**points, **edits.points}


def _ends(points: Points, names: tuple[str, str]) -> WidthEnds:
    if not set(names) <= set(points):
        raise NotMeasurable("missing_structure")
    return points[names[0]], points[names[1]]


def _at(points: Points, name: str) -> Point:
    if name not in points:
        raise NotMeasurable("missing_structure")
    return points[name]


@dataclass(frozen=True)
class OnLandmarks:
    """How a measurement is made from landmarks that a person may drag, and which they are."""

    landmarks: tuple[str, ...]
    measure: Callable[[Masks, Points, Grid], MeasuredValue]


def _from_tip(spec: MeasurementSpec) -> OnLandmarks:
    """A tube's distance from where its tip is now: of the course only the tip is known once it was dragged."""
    tip = f"{tube_of(spec)}_tip"

    def measure(masks: Masks, points: Points, grid: Grid) -> MeasuredValue:
        return spec.measure(np.array([_at(points, tip)]), points.get("carina"), masks, grid)

    return OnLandmarks((tip, "carina"), measure)


ON_LANDMARKS: Final[dict[str, OnLandmarks]] = {
    HEART_WIDTH.name: OnLandmarks(_HEART, lambda _, points, grid: heart_width_between(_ends(points, _HEART), grid)),
    THORACIC_WIDTH.name: OnLandmarks(
        _THORAX, lambda _, points, grid: thoracic_width_between(_ends(points, _THORAX), grid)
    ),
    CARDIOTHORACIC_RATIO.name: OnLandmarks(
        (*_HEART, *_THORAX),
        lambda _, points, grid: cardiothoracic_ratio_between(_ends(points, _HEART), _ends(points, _THORAX), grid),
    ),
    MEDIASTINAL_WIDTH_RATIO.name: OnLandmarks(
        _THORAX,
        lambda masks, points, grid: mediastinal_width_over(
            thoracic_width_between(_ends(points, _THORAX), grid), masks, grid
        ),
    ),
    CARINA_ANGLE.name: OnLandmarks(
        ("carina",), lambda masks, points, grid: carina_angle_at(_at(points, "carina"), masks, grid)
    ),
    TRACHEA_DEVIATION.name: OnLandmarks(
        ("carina",), lambda masks, points, grid: trachea_deviation_above(_at(points, "carina"), masks, grid)
    ),
    **{spec.name: _from_tip(spec) for spec in TUBE_MEASUREMENTS},
}
"""By measurement, whatever the masks say. One whose first landmark is not there stays as it was."""


def _dragged(analysis: Analysis, edits: Edits, points: Points) -> dict[Key, OnLandmarks]:
    """The measurements that rest on a dragged landmark."""
    on_landmarks = {m.key: ON_LANDMARKS[m.name] for m in analysis.measurements if m.name in ON_LANDMARKS}
    return {
        key: each
        for key, each in on_landmarks.items()
        if set(each.landmarks) & set(edits.points) and each.landmarks[0] in points
    }


def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """Every measurement that rests on an edited mask or on a dragged landmark, which counts before the mask."""
    masks, points, grid = edited_masks(analysis, edits), landmarks(analysis, edits), analysis.radiograph.grid
    dragged = _dragged(analysis, edits, points)
    return {
        **measure_edited(MASK_MEASUREMENTS, analysis, edits, leave_out=dragged),
        **{key: value_or_refusal(partial(each.measure, masks, points, grid)) for key, each in dragged.items()},
    }


def _level(ends: WidthEnds) -> tuple[Point, Point]:
    """The horizontal that a width is measured along, at the ends' mean height."""
    row = (ends[0].row + ends[1].row) / 2
    return Point(row, ends[0].col), Point(row, ends[1].col)


def lines(points: Points, measurements: Sequence[ReviewedMeasurement], _: Grid) -> tuple[Line, ...]:
    """The two lines of the cardiothoracic ratio, and what the other measurements were made between."""
    drawn = [
        Line(_level((points[names[0]], points[names[1]])), structure)
        for names, structure in ((_HEART, "heart"), (_THORAX, "right_lung"))
        if set(names) <= set(points)
    ]
    for measurement in (each.now for each in measurements):
        if measurement.name in _LINES and measurement.points:
            drawn.append(Line(measurement.points, _LINES[measurement.name].format(site=measurement.site)))
    return tuple(drawn)


REVIEW: Final = ReviewProtocol(
    measure=measure,
    landmarks=landmarks,
    lines=lines,
    rests_on=rests_on,
    structures=tuple(spec.name for spec in PROTOCOL.structures),
    hidden=("cardiomediastinum", "spine"),
    anchors=_ANCHORS,
)
