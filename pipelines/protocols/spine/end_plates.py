"""How the end plates of a curve are drawn, on overlays and in review: beyond the vertebra on both sides."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.types import Point

_REACH: Final = 1.2
"""How far beyond the vertebra on each side, in its widths."""


def beyond(a: Point, b: Point, widths: float) -> Point:
    """The place on the line from a to b that lies ``widths`` times their distance beyond b."""
    return Point(b.row + widths * (b.row - a.row), b.col + widths * (b.col - a.col))


def lengthened(left: Point, right: Point) -> tuple[Point, Point]:
    """The ends of the line that an end plate from ``left`` to ``right`` is drawn as."""
    return beyond(right, left, _REACH), beyond(left, right, _REACH)
