"""The review of hip films: a femur's mask can be edited; head circle, neck and shaft points can be moved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import FEMORAL_HEAD_DIAMETER, LEG_LENGTH_DIFFERENCE
from radcaliper.measurements.hip.axes import POINT_NAMES, FemurAxes
from radcaliper.measurements.hip.from_mask import axes_from_mask
from radcaliper.measurements.hip.measures import leg_length_difference
from radcaliper.measurements.types import Analysis, Grid, Key, Mask, MeasuredValue, NotMeasurable, Point
from radcaliper.models.hip.channels import SIDES
from radcaliper.pipelines.protocols.hip.measurements import METHOD, SIDE_MEASUREMENTS
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.mask_review import measured_on
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement, changed_values
from radcaliper.pipelines.review.protocol import LandmarkPoints, MeasuredLine, ReviewProtocol

_HEAD, _EDGE = POINT_NAMES[0], "femoral_head_edge"
_TURNS: Final = np.linspace(0, 2 * np.pi, 72, endpoint=False)
_LABEL_DISTANCE: Final = 2.2
"""Distance of the angle's text from where the axes meet, outwards, in head radii: beside the bone."""
_EXTENSION: Final = 1.2
"""How far the shaft's axis is drawn beyond its lower point, and the neck's beyond the head's centre, in head radii."""


def _landmark_name(side: str, name: str) -> str:
    return f"{side}_{name}"


def _femur(side: str) -> str:
    return _landmark_name(side, "femur")


def _edge(axes: FemurAxes, grid: Grid) -> Point:
    """The uppermost point of the head's circle, which a person moves to change the radius."""
    head = axes.points(grid)[0]
    return Point(head.row - axes.radius / grid.row, head.col)


def _points_of(axes: FemurAxes, grid: Grid, side: str) -> dict[str, Point]:
    points = {_landmark_name(side, name): point for name, point in zip(POINT_NAMES, axes.points(grid), strict=True)}
    return {**points, _landmark_name(side, _EDGE): _edge(axes, grid)}


def _axes_of(points: LandmarkPoints, grid: Grid, side: str) -> FemurAxes:
    """The axes through a side's landmarks.

    Raises NotMeasurable: ``missing_structure`` where a landmark is missing, ``implausible_hip`` where two landmarks
    that define an axis or the circle coincide.
    """
    names = [_landmark_name(side, name) for name in (*POINT_NAMES, _EDGE)]
    if not set(names) <= set(points):
        raise NotMeasurable("missing_structure")
    head, neck, upper, lower, edge = (np.multiply(points[name], [grid.row, grid.col]) for name in names)
    radius = float(np.linalg.norm(edge - head))
    if radius == 0 or (neck == head).all() or (upper == lower).all():
        raise NotMeasurable("implausible_hip")
    return FemurAxes(head, radius, neck, upper, lower, METHOD)


def _automatic_landmarks(analysis: Analysis) -> LandmarkPoints:
    """The automatic landmarks; the point on the head's circle follows from the measured diameter."""
    points = {name: landmark.point for name, landmark in analysis.landmarks.items()}
    grid = analysis.radiograph.grid
    for measurement in analysis.measurements:
        head, edge = points.get(_landmark_name(measurement.site, _HEAD)), _landmark_name(measurement.site, _EDGE)
        if measurement.spec is FEMORAL_HEAD_DIAMETER and measurement.value is not None and head is not None:
            points[edge] = Point(head.row - measurement.value / 2 / grid.row, head.col)
    return points


@lru_cache(maxsize=4)
def _axes_in_packed_mask(packed: bytes, shape: tuple[int, int], grid: Grid, side: str) -> FemurAxes | NotMeasurable:
    mask = np.unpackbits(np.frombuffer(packed, np.uint8), count=shape[0] * shape[1]).reshape(shape).astype(bool)
    try:
        return replace(axes_from_mask(mask, grid, side), method=METHOD)
    except NotMeasurable as refusal:
        return refusal


def _axes_in_mask(mask: Mask, grid: Grid, side: str) -> FemurAxes | NotMeasurable:
    """The axes in a femur's mask; cached, as every step of a drag asks for those of the same mask."""
    return _axes_in_packed_mask(np.packbits(mask).tobytes(), mask.shape, grid, side)


def landmarks(analysis: Analysis, edits: Edits) -> LandmarkPoints:
    """All landmarks: where a person moved them, else as found on an edited mask, else automatic."""
    points, grid = edits.landmarks(_automatic_landmarks(analysis)), analysis.radiograph.grid
    for side in SIDES:
        if (mask := edits.masks.get(_femur(side))) is not None:
            axes = _axes_in_mask(mask, grid, side)
            if isinstance(axes, FemurAxes):  # else the measurements are refused, and a person can move the landmarks
                points |= _points_of(axes, grid, side)
    return {**points, **edits.points}


def _has_moved_landmarks(edits: Edits, side: str) -> bool:
    return any(name.startswith(f"{side}_") for name in edits.points)


def _axes_after(points: LandmarkPoints, edits: Edits, grid: Grid, side: str) -> FemurAxes | NotMeasurable:
    """A side's axes after the edits: in its mask where only this was edited, else through its landmarks."""
    mask = edits.masks.get(_femur(side))
    if mask is not None and not _has_moved_landmarks(edits, side):
        return _axes_in_mask(mask, grid, side)
    try:
        return _axes_of(points, grid, side)
    except NotMeasurable as refusal:
        return refusal


def _leg_length(axes: dict[str, FemurAxes | NotMeasurable], grid: Grid) -> MeasuredValue | NotMeasurable:
    right, left = axes["right"], axes["left"]
    if isinstance(right, NotMeasurable):
        return right
    return left if isinstance(left, NotMeasurable) else leg_length_difference(right, left, grid)


def _values(analysis: Analysis, edits: Edits) -> MeasuredValues:
    points, grid = landmarks(analysis, edits), analysis.radiograph.grid
    axes = {side: _axes_after(points, edits, grid, side) for side in SIDES}
    values: dict[Key, MeasuredValue | NotMeasurable] = {
        Key(spec.name, side, METHOD): of_side
        if isinstance(of_side, NotMeasurable)
        else spec.measure(of_side, grid, side)
        for side, of_side in axes.items()
        for spec in SIDE_MEASUREMENTS
    }
    return {**values, Key(LEG_LENGTH_DIFFERENCE.name, "", METHOD): _leg_length(axes, grid)}


def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
    """The measurements that the edits change."""
    return changed_values(_values(analysis, edits), _values(analysis, Edits())) if edits else {}


def linked_landmarks(points: LandmarkPoints, moved: LandmarkPoints) -> LandmarkPoints:
    """The point on a head's circle moves with the head's centre."""
    linked = {}
    for side in SIDES:
        head, edge = _landmark_name(side, _HEAD), _landmark_name(side, _EDGE)
        if head in moved and edge in points and edge not in moved:
            down, across = np.subtract(moved[head], points[head])
            linked[edge] = Point(points[edge].row + float(down), points[edge].col + float(across))
    return linked


def _lines(axes: FemurAxes, grid: Grid, side: str) -> tuple[MeasuredLine, ...]:
    """The head's circle, the axes of neck and shaft up to where they meet, and the angle beside that point."""
    neck, shaft = axes.neck - axes.head, axes.shaft_lower - axes.shaft_upper
    neck, shaft = neck / np.linalg.norm(neck), shaft / np.linalg.norm(shaft)
    length, radius = axes.neck_length(), axes.radius
    meeting = axes.head + neck * length if np.isfinite(length) else axes.shaft_upper
    ends = (axes.head - _EXTENSION * radius * neck, axes.shaft_lower + _EXTENSION * radius * shaft)

    def point(at: NDArray[np.float64]) -> Point:
        return Point(float(at[0]) / grid.row, float(at[1]) / grid.col)

    circle = tuple(point(axes.head + radius * np.array([np.sin(turn), np.cos(turn)])) for turn in _TURNS)
    outwards = np.array([0.0, -_LABEL_DISTANCE * radius if side == "right" else _LABEL_DISTANCE * radius])
    label_at = point(meeting + outwards)
    return (
        MeasuredLine(circle, "head", closed=True),
        MeasuredLine((point(ends[0]), point(meeting)), "neck_axis"),
        MeasuredLine((point(meeting), point(ends[1])), "shaft_axis"),
        MeasuredLine((label_at, label_at), "neck_axis", f"{axes.ccd_angle():.0f}\N{DEGREE SIGN}"),
    )


def lines(points: LandmarkPoints, _: Sequence[ReviewedMeasurement], grid: Grid) -> tuple[MeasuredLine, ...]:
    """The head's circle, the axes and the angle of each side."""
    drawn: list[MeasuredLine] = []
    for side in SIDES:
        with suppress(NotMeasurable):  # a side without axes has nothing to draw
            drawn += _lines(_axes_of(points, grid, side), grid, side)
    return tuple(drawn)


REVIEW: Final = ReviewProtocol(
    measure=measure,
    landmarks=landmarks,
    lines=lines,
    measured_on=measured_on,
    linked_landmarks=linked_landmarks,
    structures=tuple(map(_femur, SIDES)),
    landmark_structures={_landmark_name(side, name): _femur(side) for side in SIDES for name in (*POINT_NAMES, _EDGE)},
)
