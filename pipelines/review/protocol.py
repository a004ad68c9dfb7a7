"""What a protocol must tell so that its films can be corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from radcaliper.measurements.types import Analysis, Measurement, Point, Reading
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.numbers import Number, Readings

Places = Mapping[str, Point]
"""Landmarks by name, in the film's own pixels."""


@dataclass(frozen=True)
class Line:
    """A measured line to draw over the film: its path, and the structure or curve that gives it its colour."""

    path: tuple[Point, ...]
    belongs_to: str
    label: str = ""
    closed: bool = False


@dataclass(frozen=True)
class ReviewProtocol:
    """How one protocol's films are corrected; all functions are pure and quick enough for a drag.

    ``read`` measures anew whatever the edits touch, ``landmarks`` says where all landmarks are after them, ``lines``
    what to draw for landmarks and numbers, ``rests_on`` the structures that a number's quality comes from.
    ``brushed`` are the structures whose masks the numbers are measured on, ``covering`` those of them that lie over
    others and are better hidden until they are wanted; ``anchors`` names, for a landmark found on a
    mask, that mask's structure: it is found anew when the mask is brushed.
    """

    read: Callable[[Analysis, Edits], Readings]
    landmarks: Callable[[Analysis, Edits], Places]
    lines: Callable[[Places, Sequence[Number]], tuple[Line, ...]]
    rests_on: Callable[[Measurement], tuple[str, ...]]
    classify: Callable[[Reading, str], str]
    brushed: tuple[str, ...] = ()
    covering: tuple[str, ...] = ()
    anchors: Mapping[str, str] = field(default_factory=dict)
