"""What a protocol must tell so that its films can be corrected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from radcaliper.measurements.types import Analysis, Grid, Measurement, Point, Radiograph, Reading
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
class EndVertebrae:
    """Which vertebrae there are, from the top down, and between which two of them each curve lies, by its site."""

    levels: tuple[str, ...] = ()
    of_curve: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def _nothing_carried(places: Places, moved: Places) -> Places:  # noqa: ARG001  most landmarks move alone
    return {}


def _no_ends(places: Places, numbers: Sequence[Number]) -> EndVertebrae:  # noqa: ARG001  most films have no curves
    return EndVertebrae()


@dataclass(frozen=True)
class ReviewProtocol:
    """How one protocol's films are corrected; all functions are pure and quick enough for a drag.

    ``read`` measures anew whatever the edits touch, ``landmarks`` says where all landmarks are after them, ``lines``
    what to draw for landmarks and numbers, ``rests_on`` the structures that a number's quality comes from.
    ``carried`` says where landmarks go that are taken along by those that were moved from their ``places``; ``ends``
    which end vertebrae a person may choose anew; ``snap`` puts landmarks on the edge of what they mark.
    ``brushed`` are the structures whose masks the numbers are measured on, ``covering`` those of them that lie over
    others and are better hidden until they are wanted; ``anchors`` names, for a landmark found on a
    mask, that mask's structure: it is found anew when the mask is brushed.
    """

    read: Callable[[Analysis, Edits], Readings]
    landmarks: Callable[[Analysis, Edits], Places]
    lines: Callable[[Places, Sequence[Number], Grid], tuple[Line, ...]]
    rests_on: Callable[[Measurement], tuple[str, ...]]
    classify: Callable[[Reading, str], str]
    carried: Callable[[Places, Places], Places] = _nothing_carried
    ends: Callable[[Places, Sequence[Number]], EndVertebrae] = _no_ends
    snap: Callable[[Radiograph, Places, Collection[str]], Places] | None = None
    brushed: tuple[str, ...] = ()
    covering: tuple[str, ...] = ()
    anchors: Mapping[str, str] = field(default_factory=dict)
