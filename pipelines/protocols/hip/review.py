"""Correcting a hip film: drag head circle, neck and shaft axis, or brush a femur, and its numbers are measured anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
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
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement, changed
from radcaliper.pipelines.review.on_masks import rests_on
from radcaliper.pipelines.review.protocol import Line, Points, ReviewProtocol

_HEAD, _EDGE = POINT_NAMES[0], "femoral_head_edge"
_ROUND: Final = np.linspace(0, 2 * np.pi, 72, endpoint=False)
_ASIDE: Final = 2.2
"""How far outside the meeting of the axes the angle stands, in head radii: beside the bone."""
_BEYOND: Final = 1.2
"""How far the shaft's axis is drawn beyond its lower end, and the neck's beyond the head's centre, in head radii."""


def _named(side: str, name: str) -> str:
    return f"{side}_{name}"


def _femur(side: str) -> str:
    return _named(side, "femur")


def _edge(axes: FemurAxes, grid: Grid) -> Point:
    """The place of the head's circle that lies furthest up: there the circle is held to be dragged."""
    head = axes.points(grid)[0]
    return Point(head.row - axes.radius / grid.row, head.col)


def _points_of(axes: FemurAxes, grid: Grid, side: str) -> dict[str, Point]:
    points = {_named(side, name): point for name, point in zip(POINT_NAMES, axes.points(grid), strict=True)}
    return {**points, _named(side, _EDGE): _edge(axes, grid)}


def _axes_of(points: Points, grid: Grid, side: str) -> FemurAxes:
    """The axes between a side's landmarks.

    NotMeasurable(``missing_structure``) where one is not there, (``implausible_hip``) where two that span a line or the
    circle lie on each other.
    """
    names = [_named(side, name) for name in (*POINT_NAMES, _EDGE)]
    if not set(names) <= set(points):
        raise NotMeasurable("missing_structure")
    head, neck, upper, lower, edge = (np.multiply(points[name], [grid.row, grid.col]) for name in names)
    radius = float(np.linalg.norm(edge - head))
    if radius == 0 or (neck == head).all() or (upper == lower).all():
        raise NotMeasurable("implausible_hip")
    return FemurAxes(head, radius, neck, upper, lower)


def _measured(analysis: Analysis) -> Points:
    """The landmarks as they were measured; the head's circle is known by its diameter."""
    points = {name: landmark.point for name, landmark in analysis.landmarks.items()}
    grid = analysis.radiograph.grid
    for measurement in analysis.measurements:
        head = points.get(_named(measurement.site, _HEAD))
        if measurement.spec is FEMORAL_HEAD_DIAMETER and measurement.value is not None and head is not None:
            points[_named(measurement.site, _EDGE)] = Point(head.row - measurement.value / 2 / grid.row, head.col)
    return points


@lru_cache(maxsize=4)
def _axes_in(packed: bytes, shape: tuple[int, int], grid: Grid, side: str) -> FemurAxes | NotMeasurable:
    mask = np.unpackbits(np.frombuffer(packed, np.uint8), count=shape[0] * shape[1]).reshape(shape).astype(bool)
    try:
        return axes_from_mask(mask, grid, side)
    except NotMeasurable as refusal:
        return refusal


def _brushed_axes(mask: Mask, grid: Grid, side: str) -> FemurAxes | NotMeasurable:
    """What a brushed femur shows, kept: it is asked for again at every step of a drag on the same mask."""
    return _axes_in(np.packbits(mask).tobytes(), mask.shape, grid, side)


def landmarks(analysis: Analysis, edits: Edits) -> Points:
    """All landmarks: as measured; found anew on a femur that was brushed and shows them; where they were dragged."""
    points, grid = dict(_measured(analysis)), analysis.radiograph.grid
    for side in SIDES:
        if (mask := edits.masks.get(_femur(side))) is not None:
            axes = _brushed_axes(mask, grid, side)
            if isinstance(axes, FemurAxes):  # else its numbers are refused, and the landmarks stay, to be dragged
                points |= _points_of(axes, grid, side)
    return {**points, **edits.points}


def _dragged(edits: Edits, side: str) -> bool:
    return any(name.startswith(f"{side}_") for name in edits.points)


def _axes_after(points: Points, edits: Edits, grid: Grid, side: str) -> FemurAxes | NotMeasurable:
    """A side's axes after the edits: between its landmarks, unless its brushed femur shows none."""
    mask = edits.masks.get(_femur(side))
    if mask is not None and not _dragged(edits, side):
        return _brushed_axes(mask, grid, side)
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
    return changed(_values(analysis, edits), _values(analysis, Edits())) if edits else {}


def moved_along(points: Points, moved: Points) -> Points:
    """A head's circle goes where its centre is dragged."""
    along = {}
    for side in SIDES:
        head, edge = _named(side, _HEAD), _named(side, _EDGE)
        if head in moved and edge in points and edge not in moved:
            down, across = np.subtract(moved[head], points[head])
            along[edge] = Point(points[edge].row + float(down), points[edge].col + float(across))
    return along


def _lines(axes: FemurAxes, grid: Grid, side: str) -> tuple[Line, ...]:
    """The head's circle, and neck and shaft axis from where they meet, with the angle beside that place."""
    neck, shaft = axes.neck - axes.head, axes.shaft_lower - axes.shaft_upper
    neck, shaft = neck / np.linalg.norm(neck), shaft / np.linalg.norm(shaft)
    length, radius = axes.neck_length(), axes.radius
    meeting = axes.head + neck * length if np.isfinite(length) else axes.shaft_upper
    ends = (axes.head - _BEYOND * radius * neck, axes.shaft_lower + _BEYOND * radius * shaft)

    def point(place: NDArray[np.float64]) -> Point:
        return Point(float(place[0]) / grid.row, float(place[1]) / grid.col)

    circle = tuple(point(axes.head + radius * np.array([np.sin(turn), np.cos(turn)])) for turn in _ROUND)
    outwards = np.array([0.0, -_ASIDE * radius if side == "right" else _ASIDE * radius])
    words = point(meeting + outwards)
    return (
        Line(circle, "head", closed=True),
        Line((point(ends[0]), point(meeting)), "neck_axis"),
        Line((point(meeting), point(ends[1])), "shaft_axis"),
        Line((words, words), "neck_axis", f"{axes.ccd_angle():.0f}\N{DEGREE SIGN}"),
    )


def lines(points: Points, _: Sequence[ReviewedMeasurement], grid: Grid) -> tuple[Line, ...]:
    """What each side's numbers are measured between."""
    drawn: list[Line] = []
    for side in SIDES:
        with suppress(NotMeasurable):  # a side that was not read has nothing to draw
            drawn += _lines(_axes_of(points, grid, side), grid, side)
    return tuple(drawn)


REVIEW: Final = ReviewProtocol(
    measure=measure,
    landmarks=landmarks,
    lines=lines,
    rests_on=rests_on,
    moved_along=moved_along,
    structures=tuple(map(_femur, SIDES)),
    anchors={_named(side, name): _femur(side) for side in SIDES for name in (*POINT_NAMES, _EDGE)},
)
