"""How the end plates of a curve are drawn, on overlays and in review: extended to both sides of the vertebra."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.types import Point

_EXTENSION: Final = 1.2
"""How far the line extends on each side of the vertebra, in widths of the vertebra."""


def point_beyond(a: Point, b: Point, widths: float) -> Point:
    """The point on the line from a to b that lies ``widths`` times their distance beyond b."""
    return Point(b.row + widths * (b.row - a.row), b.col + widths * (b.col - a.col))


def extended_end_plate(left: Point, right: Point) -> tuple[Point, Point]:
    """The ends of the line that is drawn for an end plate from ``left`` to ``right``."""
    return point_beyond(right, left, _EXTENSION), point_beyond(left, right, _EXTENSION)
