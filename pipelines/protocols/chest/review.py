"""The review of chest films: masks can be edited; the ends of heart and thorax, carina and tube tips can be moved."""

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
from radcaliper.measurements.types import Analysis, Grid, Key, Masks, MeasuredValue, NotMeasurable, Point, Status
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of
from radcaliper.pipelines.protocols.geometry import value_or_refusal
from radcaliper.pipelines.protocols.measuring import on_masks
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.mask_review import measure_edited_masks, measured_on
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement
from radcaliper.pipelines.review.protocol import LandmarkPoints, MeasuredLine, ReviewProtocol, edited_masks

MASK_MEASUREMENTS: Final = on_masks(PROTOCOL.measurements)
_HEART: Final = ("heart_right", "heart_left")
_THORAX: Final = ("thorax_right", "thorax_left")
_LANDMARK_STRUCTURES: Final = {
    "heart_right": "heart",
    "heart_left": "heart",
    "thorax_right": "right_lung",
    "thorax_left": "left_lung",
    "carina": "airways",
}
_LINE_COLOURS: Final = {
    MEDIASTINAL_WIDTH.name: "cardiomediastinum",
    CARINA_ANGLE.name: "airways",
    COSTOPHRENIC_ANGLE.name: "{site}_lung",
    ETT_TIP_TO_CARINA.name: "ett",
    NGT_TIP_TO_DIAPHRAGM.name: "ngt",
    CVC_TIP_TO_CARINA.name: "cvc",
}
"""Measurements that are drawn as a line through their points, with the structure whose colour it has."""


def _ends_on_masks(names: tuple[str, str], find: Callable[[Masks], WidthEnds], masks: Masks) -> dict[str, Point]:
    """The ends that are found on the masks, by their names; none where the masks do not show them."""
    with suppress(NotMeasurable):  # measurements between the ends are refused with this reason
        return dict(zip(names, find(masks), strict=True))
    return {}


def landmarks(analysis: Analysis, edits: Edits) -> LandmarkPoints:
    """All landmarks: where a person moved them, else as found on an edited mask, else automatic."""
    points = edits.landmarks({name: landmark.point for name, landmark in analysis.landmarks.items()})
    masks = edited_masks(analysis, edits)
    if "heart" in edits.masks:
        points |= _ends_on_masks(_HEART, heart_ends, masks)
    if {"right_lung", "left_lung"} & set(edits.masks):
        points |= _ends_on_masks(_THORAX, thorax_ends, masks)
    if "airways" in edits.masks:
        points.pop("carina", None)
        with suppress(NotMeasurable):  # the carina angle is refused with this reason
            points["carina"] = find_carina(masks["airways"])
    return {**_on_their_lines(points), **edits.points}


def _horizontal(ends: WidthEnds) -> tuple[Point, Point]:
    """The horizontal line that a width is measured along, at the mean height of its ends."""
    row = (ends[0].row + ends[1].row) / 2
    return Point(row, ends[0].col), Point(row, ends[1].col)


def _on_their_lines(points: LandmarkPoints) -> LandmarkPoints:
    """The landmarks, the two ends of a width at the ends of the horizontal line that it is measured along."""
    levelled = dict(points)
    for ends in (_HEART, _THORAX):
        if set(ends) <= set(points):
            levelled |= zip(ends, _horizontal((points[ends[0]], points[ends[1]])), strict=True)
    return levelled


def linked_landmarks(points: LandmarkPoints, moved: LandmarkPoints) -> LandmarkPoints:
    """The other end of a width goes up and down with the one that is moved, as the line between them is horizontal."""
    return {
        other: points[other]._replace(row=moved[end].row)
        for pair in (_HEART, _THORAX)
        for end, other in (pair, pair[::-1])
        if end in moved and other in points and other not in moved
    }


def _point(points: LandmarkPoints, name: str) -> Point:
    if name not in points:
        raise NotMeasurable("missing_structure")
    return points[name]


def _ends(points: LandmarkPoints, names: tuple[str, str]) -> WidthEnds:
    return _point(points, names[0]), _point(points, names[1])


def _heart_width(_: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
    return heart_width_between(_ends(points, _HEART), grid)


def _thoracic_width(_: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
    return thoracic_width_between(_ends(points, _THORAX), grid)


def _cardiothoracic_ratio(_: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
    return cardiothoracic_ratio_between(_ends(points, _HEART), _ends(points, _THORAX), grid)


def _mediastinal_width_ratio(masks: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
    return mediastinal_width_over(_thoracic_width(masks, points, grid), masks, grid)


def _carina_angle(masks: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
    return carina_angle_at(_point(points, "carina"), masks, grid)


def _trachea_deviation(masks: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
    return trachea_deviation_above(_point(points, "carina"), masks, grid)


@dataclass(frozen=True)
class LandmarkMeasurement:
    """How a measurement is made from landmarks, and from which; it is not made where the first of them is missing."""

    landmarks: tuple[str, ...]
    measure: Callable[[Masks, LandmarkPoints, Grid], MeasuredValue]


def _from_tip(spec: MeasurementSpec) -> LandmarkMeasurement:
    """The distance of a tube's tip. Once a person moved the tip, no more of the tube's course is known than the tip."""
    tip = f"{tube_of(spec)}_tip"

    def measure(masks: Masks, points: LandmarkPoints, grid: Grid) -> MeasuredValue:
        return spec.measure(np.array([_point(points, tip)]), points.get("carina"), masks, grid)

    return LandmarkMeasurement((tip, "carina"), measure)


LANDMARK_MEASUREMENTS: Final = {
    HEART_WIDTH.name: LandmarkMeasurement(_HEART, _heart_width),
    THORACIC_WIDTH.name: LandmarkMeasurement(_THORAX, _thoracic_width),
    CARDIOTHORACIC_RATIO.name: LandmarkMeasurement((*_HEART, *_THORAX), _cardiothoracic_ratio),
    MEDIASTINAL_WIDTH_RATIO.name: LandmarkMeasurement(_THORAX, _mediastinal_width_ratio),
    CARINA_ANGLE.name: LandmarkMeasurement(("carina",), _carina_angle),
    TRACHEA_DEVIATION.name: LandmarkMeasurement(("carina",), _trachea_deviation),
} | {spec.name: _from_tip(spec) for spec in TUBE_MEASUREMENTS}
"""By measurement. For these a moved landmark takes precedence over the masks."""


def _on_moved_landmarks(analysis: Analysis, edits: Edits, points: LandmarkPoints) -> dict[Key, LandmarkMeasurement]:
    """The measurements that are made from a moved landmark."""
    known = {m.key: LANDMARK_MEASUREMENTS[m.name] for m in analysis.measurements if m.name in LANDMARK_MEASUREMENTS}
    return {
        key: each
        for key, each in known.items()
        if set(each.landmarks) & set(edits.points) and each.landmarks[0] in points
    }


def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """Every measurement that is made from a moved landmark or, where none of its landmarks moved, on an edited mask."""
    masks, points, grid = edited_masks(analysis, edits), landmarks(analysis, edits), analysis.radiograph.grid
    moved = _on_moved_landmarks(analysis, edits, points)
    values = {key: value_or_refusal(partial(each.measure, masks, points, grid)) for key, each in moved.items()}
    return {**measure_edited_masks(MASK_MEASUREMENTS, analysis, edits, leave_out=moved), **values}


def lines(points: LandmarkPoints, measurements: Sequence[ReviewedMeasurement], _: Grid) -> tuple[MeasuredLine, ...]:
    """The widths of heart and thorax, and the lines of the other measurements that have one."""
    status = {each.now.name: each.now.status for each in measurements}
    drawn = [
        MeasuredLine((points[names[0]], points[names[1]]), structure, status=status.get(spec.name, Status.OK))
        for names, structure, spec in ((_HEART, "heart", HEART_WIDTH), (_THORAX, "right_lung", THORACIC_WIDTH))
        if set(names) <= set(points)
    ]
    for measurement in (each.now for each in measurements):
        if measurement.name in _LINE_COLOURS and measurement.points:
            colour_key = _LINE_COLOURS[measurement.name].format(site=measurement.site)
            drawn.append(MeasuredLine(measurement.points, colour_key, status=measurement.status))
    return tuple(drawn)


REVIEW: Final = ReviewProtocol(
    measure=measure,
    landmarks=landmarks,
    lines=lines,
    measured_on=measured_on,
    linked_landmarks=linked_landmarks,
    structures=tuple(spec.name for spec in PROTOCOL.structures),
    hidden=("cardiomediastinum", "spine"),
    landmark_structures=_LANDMARK_STRUCTURES,
)
