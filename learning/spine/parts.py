"""AASCE films with a third cut off: whether the curves that are still wholly seen come out as on the whole film."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from radcaliper.learning.datasets.spine import SpineFilm
from radcaliper.learning.scores import Score
from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_cobb_angles
from radcaliper.measurements.spine.vertebra import vertebra_names
from radcaliper.measurements.types import Analysis, Grid, MeasuredValue, Measurement, NotMeasurable, Point, Radiograph
from radcaliper.pipelines.protocols.spine import PROTOCOL

_SET: Final = "aasce, a third cut off"
_METHOD: Final = "vertebral_tilt"


def _rows(points: tuple[Point, ...]) -> tuple[float, float]:
    """The rows that a curve begins and ends at, by the four ends of its two lines."""
    return (points[0].row + points[1].row) / 2, (points[2].row + points[3].row) / 2


def _same_curve(angle: Measurement, top: int, others: Iterable[MeasuredValue | Measurement]) -> float | None:
    """The value of the curve that overlaps most with one whose film begins at row ``top``; None where none does."""
    first, last = (row + top for row in _rows(angle.points))
    overlaps = {}
    for other in others:
        begin, end = _rows(other.points)
        overlaps[min(last, end) - max(first, begin)] = other.value
    most = max(overlaps, default=0.0)
    return overlaps[most] if most > 0 else None


def _angles(analysis: Analysis) -> list[Measurement]:
    curves = (each for each in analysis.measurements if each.spec is COBB_ANGLE and each.method == _METHOD)
    return [each for each in curves if each.value is not None]


def _labelled_angles(film: SpineFilm) -> list[MeasuredValue]:
    """Cobb angles of the labelled corners; none where the labels are invalid, as with crossed corners."""
    try:
        angles = measure_cobb_angles(film.corners, vertebra_names(len(film.corners)), Grid())
    except NotMeasurable:
        return []
    return [each for each in angles if each.method == _METHOD]


def part_scores(film: SpineFilm, whole: Analysis) -> Iterator[Score]:
    """Scores of the film without its upper and without its lower third.

    ``whole`` is the analysis of the whole film, which the angles are compared with, beside the labelled corners.
    """
    height, labelled = film.grey.shape[0], _labelled_angles(film)
    third = height // 3
    for top, bottom in ((third, height), (0, height - third)):
        part = PROTOCOL.analyse(film.name, Radiograph(np.ascontiguousarray(film.grey[top:bottom])))
        angles = [each for each in _angles(part) if "partial" in each.details]
        yield Score(_SET, "some curve measured", film.name, float(bool(angles)))
        for angle in angles:
            for figure, others in (("the whole film", _angles(whole)), ("the labels", labelled)):
                other = _same_curve(angle, top, others)
                if angle.value is not None and other is not None:
                    yield Score(_SET, f"error cobb_angle against {figure}", film.name, angle.value - other, other)
