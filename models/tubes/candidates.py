"""The lines that may be present in the mediastinum, and the carina, in a film's pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import Region
from radcaliper.measurements.tubes.course import CoursePath
from radcaliper.measurements.types import Landmark, Mask, Masks, Point, Radiograph
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.tubes.channels import IN_TRACHEA, REPORTED, VENOUS
from radcaliper.models.tubes.courses import FoundCourse, courses_of
from radcaliper.models.tubes.maps import TubeModel, channel, line_map, peak, window_maps
from radcaliper.models.tubes.window import Window, tube_window

_FAINT: Final = 0.25
"""Heat from which the carina is there."""
_EDGE: Final = 4.0
"""Distance from an edge, in pixels of the map, within which a course goes on beyond it."""
_NEAR_WIDTH: Final = 9
"""Width in pixels of the map of the band about a course that its mask lies in."""
_LEVELS: Final = (0.5, 0.3, 0.7)
"""Thresholds of a line's map whose masks tell how sure its outline is."""
_TIP_SEEN: Final = 0.5
"""Heat of a tip from which a course ends there."""
_SAME: Final = 4.0
"""Distance, in pixels of the map, within which two courses are one line."""
_VEINS_END: Final = np.array([25.0, -8.0])
"""From the carina to where the great veins end, in pixels of the map."""
_DEEPEST: Final = 50.0
"""Pixels of the map below the carina, some 8 cm, beyond which no catheter goes: the line runs through the heart."""
_MISTAKEN_FOR: Final[Mapping[str, frozenset[str]]] = {
    "ett": frozenset({"tracheostomy"}),
    "tracheostomy": frozenset({"ett"}),
    "ngt": frozenset({"ett"}),
    **dict.fromkeys(VENOUS, frozenset(VENOUS)),
}
"""As which kinds the same line may be seen: of two along one course the likelier counts."""
_MOST: Final[Mapping[str, int]] = {"ett": 1, "ngt": 1, "cvc": 2, "tracheostomy": 1, "pacemaker_lead": 3}
"""How many lines of a kind are looked for."""


@dataclass(frozen=True)
class Candidate:
    """One line that may be present: its course from entry to tip (N, 2) in the film's pixels, and what it covers.

    ``presence`` is its probability and ``tip_heat`` that of its tip, both 0 to 1; ``features`` is what speaks for it.
    ``leaves`` says that its course goes on beyond the film, ``cut`` that it goes on beyond the window. ``agreement`` of
    masks at three thresholds and ``certainty`` along the course predict its mask's quality.
    """

    kind: str
    path: CoursePath
    region: Region
    features: Mapping[str, float]
    presence: float
    tip_heat: float
    agreement: float
    leaves: bool
    cut: bool

    @property
    def tip(self) -> Point:
        """The last place of the course."""
        return Point(float(self.path[-1, 0]), float(self.path[-1, 1]))

    @property
    def certainty(self) -> float:
        """The mean of the network's map along the course."""
        return self.features["certainty"]


@dataclass(frozen=True)
class Candidates:
    """The likeliest lines of each kind (present or not), and the carina.

    ``step`` is the size of a pixel of the network's maps, in pixels of the film.
    """

    tubes: tuple[Candidate, ...]
    carina: Landmark | None
    step: float


def on_film(places: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """(..., 2) places of the map in the film's pixels."""
    return window.on_film(2 * places + 0.5)


def course_mask(path: CoursePath, shape: tuple[int, ...], width: int) -> Mask:
    """A course drawn ``width`` pixels wide, as a mask of ``shape``."""
    canvas = np.zeros(shape, np.uint8)
    cv2.polylines(canvas, [np.round(path[:, ::-1]).astype(np.int32)], False, 1, width)
    return canvas > 0


def _region_on_film(body: NDArray[np.float32], path: CoursePath, window: Window, shape: tuple[int, int]) -> Region:
    """What one course covers of a film of ``shape``, from the map interpolated."""
    held = np.where(course_mask(path, body.shape, _NEAR_WIDTH), body, np.float32(0))
    shown = window.box.within(np.asarray(cv2.resize(held, (window.cols, window.rows)), np.float32))
    near = Region.of(cv2.dilate(shown, np.ones((3, 3), np.uint8)) > 0)
    if near.is_empty:
        return Region.nowhere(shape)
    at = near.extent
    part = shown[at.top : at.bottom + 1, at.left : at.right + 1]
    rows, cols, matrix = window.box.film_part(at.top, at.left, part.shape)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = cols.stop - cols.start, rows.stop - rows.start
    fine = cv2.warpAffine(part, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return Region.within(fine > 0.5, window.top + rows.start, window.left + cols.start, shape)


def _ends_at(place: NDArray[np.float64], window: Window, shape: tuple[int, int]) -> tuple[bool, bool]:
    """Whether a place of the map is at the film's edge, and whether it is at the window's edge alone."""
    row, col = on_film(place, window)
    edge = _EDGE * 2 / window.scale
    at_film = min(row, col, shape[0] - 1 - row, shape[1] - 1 - col) < edge
    inner = min(row - window.top, col - window.left, window.top + window.height - 1 - row)
    at_window = min(inner, window.left + window.width - 1 - col) < edge
    return bool(at_film), bool(at_window and not at_film)


def _body(maps: Maps, kind: str) -> NDArray[np.float32]:
    """The map of a line's outline; a lead may have been seen as a catheter."""
    return line_map(maps, kind) if kind == "pacemaker_lead" else channel(maps, kind)


def _agreement(maps: Maps, kind: str, path: CoursePath) -> float:
    """How far the masks at a lower and a higher threshold agree with that of the map."""
    near = course_mask(path, maps.shape[1:], _NEAR_WIDTH)
    return mean_pairwise_dice(np.stack([(_body(maps, kind) > level) & near for level in _LEVELS]))


def _candidate(kind: str, course: FoundCourse, maps: Maps, window: Window, shape: tuple[int, int]) -> Candidate:
    """The candidate of one course, for a film of ``shape``."""
    path = course.path
    leaves, cut = _ends_at(path[-1], window, shape) if course.tip_heat < _TIP_SEEN else (False, False)
    return Candidate(
        kind=kind,
        path=on_film(path, window),
        region=_region_on_film(_body(maps, kind), path, window, shape),
        features=course.features,
        presence=course.presence,
        tip_heat=course.tip_heat,
        agreement=_agreement(maps, kind, path),
        leaves=leaves,
        cut=cut,
    )


def _runs_along(path: CoursePath, other: CoursePath) -> bool:
    """Whether a course mostly runs along another, so that both are the same line."""
    distances = np.linalg.norm(path[:, None] - other[None], axis=2).min(axis=1)
    return float((distances < _SAME).mean()) > 0.6


def _is_taken(kind: str, course: FoundCourse, taken: list[tuple[str, FoundCourse]]) -> bool:
    """Whether a course is the same line as one that counts already, or is in the trachea where another tube is."""
    if kind in IN_TRACHEA and any(other in IN_TRACHEA for other, _ in taken):
        return True
    return any(other in _MISTAKEN_FOR[kind] and _runs_along(course.path, each.path) for other, each in taken)


def _distinct(found: Mapping[str, list[FoundCourse]]) -> list[tuple[str, FoundCourse]]:
    """The likeliest courses of each kind, no line twice; gastric tubes last, as they may run along a tracheal one."""
    pairs = [(kind, course) for kind, courses in found.items() for course in courses]
    taken: list[tuple[str, FoundCourse]] = []
    for kind, course in sorted(pairs, key=lambda pair: (pair[0] == "ngt", -pair[1].presence)):
        of_kind = sum(other == kind for other, _ in taken)
        if of_kind < _MOST[kind] and not _is_taken(kind, course, taken):
            taken.append((kind, course))
    return taken


def _leads_apart(found: Mapping[str, list[FoundCourse]], carina: NDArray[np.float64]) -> dict[str, list[FoundCourse]]:
    """The courses with those catheters as leads that go on through the heart."""
    deep = [course for course in found["cvc"] if course.path[:, 0].max() - carina[0] > _DEEPEST]
    catheters = [course for course in found["cvc"] if course not in deep]
    return {**found, "cvc": catheters, "pacemaker_lead": [*found["pacemaker_lead"], *deep]}


def find_candidates(
    maps: Maps, film: Radiograph, window: Window, presence: Mapping[str, Mapping[str, float]]
) -> Candidates:
    """The likeliest lines of each kind by the fits of its ``presence``, and the carina."""
    place, heat = peak(channel(maps, "carina"))
    found = {kind: courses_of(kind, maps, place + _VEINS_END, presence[kind]) for kind in REPORTED}
    if heat >= _FAINT:
        found = _leads_apart(found, place)
    tubes = [_candidate(kind, course, maps, window, film.shape) for kind, course in _distinct(found)]
    carina = Landmark(Point(*map(float, on_film(place, window))), heat) if heat >= _FAINT else None
    return Candidates(tuple(tubes), carina, 2 / window.scale)


def tube_candidates(film: Radiograph, masks: Masks, model: TubeModel) -> Candidates:
    """The candidates in the mediastinum that the chest masks show; none without lungs."""
    window = tube_window(masks)
    if window is None:
        return Candidates((), None, 1.0)
    return find_candidates(window_maps(film, window, model.network), film, window, model.presence)
