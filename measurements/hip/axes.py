"""The lines that a neck-shaft angle is read between, and the numbers they give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.types import Grid, Point

POINT_NAMES: Final = ("femoral_head_center", "neck_center", "shaft_upper", "shaft_lower")
"""What the points of an axis pair are called, in the order of ``FemurAxes.points``."""


@dataclass(frozen=True)
class FemurAxes:
    """Head circle, neck axis (head to ``neck``) and shaft axis (``shaft_upper`` down to ``shaft_lower``) of one hip.

    All are places as (row, col) in the grid's unit of length, (2,) each; ``radius`` is in the same unit. ``method``
    says what they were read from: a femur's ``mask``, a network's ``parts``, or ``parts_and_mask``.
    """

    head: Places
    radius: float
    neck: Places
    shaft_upper: Places
    shaft_lower: Places
    method: str = "mask"

    def ccd_angle(self) -> float:
        """The caput-collum-diaphyseal angle in degrees, 0 to 180: on the inner side, between neck and shaft.

        180 is a neck that goes on straight up the shaft (Müller 1957).
        """
        up, down = self.head - self.neck, self.shaft_lower - self.shaft_upper
        cosine = up @ down / (np.linalg.norm(up) * np.linalg.norm(down))
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))

    def foot(self) -> Places:
        """The place on the shaft's axis that lies nearest to the head's centre."""
        down = self.shaft_lower - self.shaft_upper
        return np.asarray(self.shaft_upper + ((self.head - self.shaft_upper) @ down) / (down @ down) * down)

    def offset(self) -> float:
        """Distance of the head's centre from the shaft's axis, 0 or more."""
        return float(np.linalg.norm(self.head - self.foot()))

    def neck_length(self) -> float:
        """Distance along the neck's axis from the head's centre to the shaft's; infinite where they are parallel."""
        sine = np.sin(np.radians(self.ccd_angle()))
        return self.offset() / float(sine) if sine > 0 else float("inf")

    def shifted(self, by: Places) -> FemurAxes:
        """The same axes ``by`` (2,) farther down and to the right."""
        moved = (place + by for place in (self.head, self.neck, self.shaft_upper, self.shaft_lower))
        head, neck, upper, lower = moved
        return FemurAxes(head, self.radius, neck, upper, lower, self.method)

    def with_neck_beside(self, by: float) -> FemurAxes:
        """The same axes, the neck's place moved ``by`` across the line from the head: counter-clockwise if positive."""
        way = self.neck - self.head
        across = np.array([-way[1], way[0]]) / np.linalg.norm(way)
        return replace(self, neck=self.neck + by * across)

    def points(self, grid: Grid) -> tuple[Point, Point, Point, Point]:
        """The places of POINT_NAMES as points of the film."""
        head, neck, upper, lower = (
            Point(float(row) / grid.row, float(col) / grid.col)
            for row, col in (self.head, self.neck, self.shaft_upper, self.shaft_lower)
        )
        return head, neck, upper, lower


def line_through(places: Places, weights: NDArray[np.float64]) -> tuple[Places, Places]:
    """(a place, unit direction downwards) of the line nearest to (N, 2) places in weighted squares."""
    middle = np.average(places, axis=0, weights=weights)
    spread = np.cov(places.T, aweights=weights, bias=True)
    direction = np.linalg.eigh(spread)[1][:, -1]
    return middle, np.asarray(direction if direction[0] >= 0 else -direction)


def robust_line(places: Places) -> tuple[Places, Places]:
    """The same, with places off the line losing weight (Tukey's biweight, scale from the median deviation)."""
    weights = np.ones(len(places))
    for _ in range(20):
        middle, along = line_through(places, weights)
        off = np.abs((places - middle) @ np.array([-along[1], along[0]]))
        scale = 4.685 * 1.4826 * max(float(np.median(off)), 1e-6 * float(np.ptp(places)))
        weights = np.square(np.clip(1 - np.square(off / scale), 1e-6, None))
    return line_through(places, weights)
