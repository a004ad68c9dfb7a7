"""Courses, tips and distances of tubes and lines on chest films; the table of what is measured of each tube."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from radcaliper.measurements.tubes.course import Course
from radcaliper.measurements.tubes.distances import (
    cvc_tip_to_carina,
    ett_tip_to_carina,
    ett_tip_to_carina_tracheal_widths,
    ngt_tip_to_diaphragm,
)
from radcaliper.measurements.types import Grid, Masks, NotMeasurable, Point, Reading

__all__ = [
    "TUBE_MEASURES",
    "Distance",
    "TubeMeasure",
    "cvc_tip_to_carina",
    "ett_tip_to_carina",
    "ett_tip_to_carina_tracheal_widths",
    "ngt_tip_to_diaphragm",
]

Distance = Callable[[Course, Point | None, Masks, Grid], Reading]
"""From a course, the carina if it was seen, and the chest's masks; raises NotMeasurable without an honest answer."""


@dataclass(frozen=True)
class TubeMeasure:
    """What a measurement's rows are called, the tube it is of, and the function that measures it."""

    name: str
    tube: str
    function: Distance


def _with_carina(function: Callable[[Course, Point, Masks, Grid], Reading]) -> Distance:
    def distance(course: Course, carina: Point | None, masks: Masks, grid: Grid) -> Reading:
        if carina is None:
            raise NotMeasurable("carina_not_seen")
        return function(course, carina, masks, grid)

    return distance


TUBE_MEASURES: Final = (
    TubeMeasure("ett_tip_to_carina", "ett", _with_carina(ett_tip_to_carina)),
    TubeMeasure("ett_tip_to_carina_tracheal_widths", "ett", _with_carina(ett_tip_to_carina_tracheal_widths)),
    TubeMeasure("ngt_tip_to_diaphragm", "ngt", ngt_tip_to_diaphragm),
    TubeMeasure("cvc_tip_to_carina", "cvc", _with_carina(cvc_tip_to_carina)),
)
"""What is measured of each tube: one line a measurement."""
