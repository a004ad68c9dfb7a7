"""What a protocol declares so that its films can be corrected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from radcaliper.measurements.types import Analysis, Grid, Masks, Measurement, Point, Radiograph, Status
from radcaliper.pipelines.review.edits import CurveEnds, Edits
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement

LandmarkPoints = Mapping[str, Point]
"""Points of landmarks by name, in pixels of the film."""


@dataclass(frozen=True)
class MeasuredLine:
    """A line drawn over the film to show a measurement.

    ``path`` are its points in pixels of the film, ``colour_key`` the structure, curve or axis whose colour it has, and
    ``label`` the text beside it. A ``closed`` line returns to its first point. ``status`` is that of the number that it
    shows.
    """

    path: tuple[Point, ...]
    colour_key: str
    label: str = ""
    closed: bool = False
    status: Status = Status.OK


@dataclass(frozen=True)
class EndVertebrae:
    """The vertebrae of a film from the top down, the end vertebrae of each curve by its site, and levels by vertebra.

    There are no ``levels`` where none is known.
    """

    vertebrae: tuple[str, ...] = ()
    of_curve: Mapping[str, CurveEnds] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)


def edited_masks(analysis: Analysis, edits: Edits) -> Masks:
    """All masks of a film, edited ones in place of automatic ones."""
    return {**({} if analysis.prediction is None else analysis.prediction.masks), **edits.masks}


def _no_linked_landmarks(points: LandmarkPoints, moved: LandmarkPoints) -> LandmarkPoints:  # noqa: ARG001
    return {}


def _no_ends(points: LandmarkPoints, measurements: Sequence[ReviewedMeasurement]) -> EndVertebrae:  # noqa: ARG001
    return EndVertebrae()


@dataclass(frozen=True)
class ReviewProtocol:
    """How one protocol's films are corrected. All functions are pure, and quick enough to run while a point is dragged.

    Parameters
    ----------
    measure
        The new values of the measurements that the edits touch.
    landmarks
        All landmarks after the edits.
    lines
        The lines to draw for landmarks and measurements.
    measured_on
        The structures that a measurement's quality comes from.
    linked_landmarks
        From all landmarks and the moved ones: the new points of further landmarks that move with these.
    ends
        The end vertebrae that a person may choose.
    snap
        The chosen landmarks, moved onto the edges that they mark on the film; None where a protocol has no such tool.
    structures
        The structures whose masks may be edited.
    masks
        The masks of these structures after the edits.
    hidden
        Those of the structures that cover others, and whose masks are hidden at first.
    landmark_structures
        By landmark, the structure whose mask it is found on: it is found again when that mask is edited.
    """

    measure: Callable[[Analysis, Edits], MeasuredValues]
    landmarks: Callable[[Analysis, Edits], LandmarkPoints]
    lines: Callable[[LandmarkPoints, Sequence[ReviewedMeasurement], Grid], tuple[MeasuredLine, ...]]
    measured_on: Callable[[Measurement], tuple[str, ...]]
    linked_landmarks: Callable[[LandmarkPoints, LandmarkPoints], LandmarkPoints] = _no_linked_landmarks
    ends: Callable[[LandmarkPoints, Sequence[ReviewedMeasurement]], EndVertebrae] = _no_ends
    snap: Callable[[Radiograph, LandmarkPoints, Collection[str]], LandmarkPoints] | None = None
    structures: tuple[str, ...] = ()
    masks: Callable[[Analysis, Edits], Masks] = edited_masks
    hidden: tuple[str, ...] = ()
    landmark_structures: Mapping[str, str] = field(default_factory=dict)
