"""What a protocol must tell so that its films can be corrected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from radcaliper.measurements.types import Analysis, Grid, Measurement, Point, Radiograph
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement

Points = Mapping[str, Point]
"""Landmarks by name, in the film's own pixels."""


@dataclass(frozen=True)
class Line:
    """A measured line to draw over the film: its path, and the structure or curve that gives it its colour."""

    path: tuple[Point, ...]
    belongs_to: str
    label: str = ""
    closed: bool = False


@dataclass(frozen=True)
class EndVertebrae:
    """Which vertebrae there are, from the top down, and between which two of them each curve lies, by its site."""

    levels: tuple[str, ...] = ()
    of_curve: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def _nothing_moved_along(points: Points, moved: Points) -> Points:  # noqa: ARG001  most landmarks move alone
    return {}


def _no_ends(points: Points, measurements: Sequence[ReviewedMeasurement]) -> EndVertebrae:  # noqa: ARG001  most films have no curves
    return EndVertebrae()


@dataclass(frozen=True)
class ReviewProtocol:
    """How one protocol's films are corrected; all functions are pure and quick enough for a drag.

    ``measure`` measures anew whatever the edits touch, ``landmarks`` says where all landmarks are after them, ``lines``
    what to draw for landmarks and measurements, ``rests_on`` the structures that a measurement's quality comes from.
    ``moved_along`` says where landmarks go that are taken along by those that were moved; ``ends`` which end vertebrae
    a person may choose anew; ``snap`` puts landmarks on the edge of what they mark. ``structures`` are those whose
    masks may be edited, ``hidden`` those of them that lie over others and are shown only when they are wanted;
    ``anchors`` names, for a landmark found on a mask, that mask's structure: it is found anew when the mask is edited.
    """

    measure: Callable[[Analysis, Edits], MeasuredValues]
    landmarks: Callable[[Analysis, Edits], Points]
    lines: Callable[[Points, Sequence[ReviewedMeasurement], Grid], tuple[Line, ...]]
    rests_on: Callable[[Measurement], tuple[str, ...]]
    moved_along: Callable[[Points, Points], Points] = _nothing_moved_along
    ends: Callable[[Points, Sequence[ReviewedMeasurement]], EndVertebrae] = _no_ends
    snap: Callable[[Radiograph, Points, Collection[str]], Points] | None = None
    structures: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    anchors: Mapping[str, str] = field(default_factory=dict)
