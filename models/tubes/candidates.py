"""The likeliest tubes in the network's maps of the mediastinum, each followed from its entry to its tip.

Maps are (C, H, W) probabilities of the tube network's channels, at half the window's size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.filters import apply_hysteresis_threshold

from radcaliper.measurements.tubes.course import CoursePath, find_courses, length_ahead, path_length, smoothed
from radcaliper.measurements.types import Landmark, Mask, Masks, Point, Radiograph
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.inference.forward import predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.channels import TUBE_CHANNELS, TUBES
from radcaliper.models.tubes.window import COLS, ROWS, Window, network_input, tube_window

BUNDLE: Final = "chest_tubes"
SCALES: Final = (1.0, 0.75)
"""The size of the window in each pass, as a share of the full one."""
_FAINT: Final = 0.25
_SURE: Final = 0.55
"""Hysteresis thresholds of a line's map. Tips and carina need a heat of ``_FAINT``."""
_LONGEST_GAP: Final = 30.0
"""Longest gap that a course is joined over, in pixels of the map."""
_TAIL: Final = 25.0
"""Length of a course's end in which its tip is searched, in pixels of the map."""
_EDGE: Final = 4.0
"""Distance from an edge, in pixels of the map, within which a course goes on beyond it."""
_NEAR_WIDTH: Final = 9
"""Width in pixels of the map of the band about a course that its mask lies in."""
_TIP_SEEN: Final = 0.5
"""Heat of a tip from which a course ends there."""
_SAME: Final = 4.0
"""Distance, in pixels of the map, within which two courses are one line."""
_VEINS_END: Final = np.array([25.0, -8.0])
"""From the carina to where the great veins end, in pixels of the map."""
_LEAST_LENGTH: Final = 12.0
LENGTH_SCALE: Final = 60.0
"""Lengths in pixels of the map: 2 pixels of the window, about 1.6 mm of an adult."""


@dataclass(frozen=True)
class Candidate:
    """One line that may be present: its course from entry to tip (N, 2) in the film's pixels, and its outline's mask.

    ``presence`` is its probability and ``tip_heat`` that of its tip, both 0 to 1. ``leaves`` says that its course goes
    on beyond the film, ``cut`` that it goes on beyond the window. ``agreement`` of the passes and ``certainty`` along
    the course predict its mask's quality. ``pass_tips`` are the tips in the passes.
    """

    kind: str
    path: CoursePath
    mask: Mask
    presence: float
    tip_heat: float
    agreement: float
    certainty: float
    leaves: bool
    cut: bool
    pass_tips: tuple[Point, ...]

    @property
    def tip(self) -> Point:
        """The last place of the course."""
        return Point(float(self.path[-1, 0]), float(self.path[-1, 1]))


@dataclass(frozen=True)
class Candidates:
    """The likeliest lines of each kind (present or not), the carina, and the carina of each pass.

    ``step`` is the size of a pixel of the network's maps, in pixels of the film.
    """

    tubes: tuple[Candidate, ...]
    carina: Landmark | None
    pass_carinas: tuple[Point, ...]
    step: float


def _one_pass(square: NDArray[np.float32], film_area: Mask, scale: float) -> Maps:
    size = round(COLS * scale), round(ROWS * scale)
    small = np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.float32)
    small_area = cv2.resize(film_area.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    maps = predict(load_predictor(BUNDLE), network_input(small, small_area)[None])[0]
    return np.stack([cv2.resize(each, (COLS // 2, ROWS // 2)) for each in maps])


def window_maps(film: Radiograph, window: Window) -> list[Maps]:
    """The network's maps of the window, each (C, ROWS / 2, COLS / 2), one for each pass."""
    square = window.square(film.pixels)
    return [_one_pass(square, window.film_area, scale) for scale in SCALES]


def channel(maps: Maps, name: str) -> NDArray[np.float32]:
    """The map of one channel."""
    return np.asarray(maps[TUBE_CHANNELS.index(name)])


def peak(heat: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The maximum of a map, to sub-pixels (centre of mass of its surroundings), and its heat."""
    row, col = np.unravel_index(int(heat.argmax()), heat.shape)
    top, left = max(0, int(row) - 2), max(0, int(col) - 2)
    part = np.square(heat[top : int(row) + 3, left : int(col) + 3])
    rows, cols = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    total = float(part.sum())
    place = np.array([row, col], float) if total == 0 else np.array([(rows * part).sum(), (cols * part).sum()]) / total
    return place, float(heat[row, col])


def on_film(places: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """(..., 2) places of the map in the film's pixels."""
    return window.on_film(2 * places + 0.5)


def entry_likelihood(kind: str, veins_end: NDArray[np.float64], ends: CoursePath) -> NDArray[np.float64]:
    """(N,) scores in pixels of (N, 2) ends, higher where a line of this kind more likely enters the film.

    Tubes enter from above, catheters far beside or above the place ``veins_end``, where the great veins end.
    """
    beside = np.hypot(np.minimum(ends[:, 0] - veins_end[0], 0), ends[:, 1] - veins_end[1])
    return np.asarray(beside if kind == "cvc" else -ends[:, 0])


def _entry_scores(
    kind: str, heat: NDArray[np.float32], veins_end: NDArray[np.float64], ends: CoursePath
) -> NDArray[np.float64]:
    """The entry likelihood of each end, lower at a tip."""
    rows, cols = np.round(ends).astype(int).T
    near_heat = cv2.dilate(heat, np.ones((7, 7), np.uint8))[rows, cols]
    return np.asarray(entry_likelihood(kind, veins_end, ends) - 200.0 * (near_heat > 0.4))


def _end_at_tip(path: CoursePath, heat: NDArray[np.float32]) -> tuple[CoursePath, float]:
    """The course, ended at its tip if there is one near its end, and the tip's heat."""
    rows, cols = np.round(path).astype(int).T
    near = cv2.dilate(heat, np.ones((9, 9), np.uint8))[rows, cols] * (length_ahead(path) < _TAIL)
    if near.max() >= _FAINT:
        around = np.zeros_like(heat)
        row, col = (round(float(v)) for v in path[int(near.argmax())])
        part = np.s_[max(0, row - 5) : row + 6, max(0, col - 5) : col + 6]
        around[part] = heat[part]
        place, tip_heat = peak(around)
        kept = path[: int(np.linalg.norm(path - place, axis=1).argmin()) + 1]
        return np.concatenate([kept[:-1], place[None]]), tip_heat
    place, tip_heat = peak(heat)
    gap = float(np.linalg.norm(place - path[-1]))
    onward = path[-1] - path[max(0, len(path) - 8)]
    straight = float(onward @ (place - path[-1])) > 0.6 * float(np.linalg.norm(onward)) * gap
    if tip_heat >= 0.5 and gap < _TAIL and straight:
        return np.concatenate([path, place[None]]), tip_heat
    return path, float(near.max())


def presence_score(weights: Mapping[str, float], length: float, certainty: float, tip: float) -> float:
    """The logit of a line's presence from its length (in ``LENGTH_SCALE``, up to 1), the mean of the map along it, and
    its tip's heat."""
    logit = weights["length"] * length + weights["certainty"] * certainty + weights["tip"] * tip
    return weights["constant"] + logit


def _presence(kind: str, length: float, certainty: float, tip_heat: float, table: dict[str, Any]) -> float:
    """Probability of a line whose length is in pixels of the map."""
    return float(1 / (1 + np.exp(-presence_score(table[kind], min(1.0, length / LENGTH_SCALE), certainty, tip_heat))))


def course_mask(path: CoursePath, shape: tuple[int, ...], width: int) -> Mask:
    """A course drawn ``width`` pixels wide, as a mask of ``shape``."""
    canvas = np.zeros(shape, np.uint8)
    cv2.polylines(canvas, [np.round(path[:, ::-1]).astype(np.int32)], False, 1, width)
    return canvas > 0


def _mask_on_film(body: NDArray[np.float32], path: CoursePath, window: Window, shape: tuple[int, int]) -> Mask:
    """The mask of one course at the film's size, from the map interpolated."""
    held = np.where(course_mask(path, body.shape, _NEAR_WIDTH), body, np.float32(0))
    part = window.box.backward(np.asarray(cv2.resize(held, (window.cols, window.rows)), np.float32)) > 0.5
    mask = np.zeros(shape, bool)
    mask[window.top : window.top + window.height, window.left : window.left + window.width] = part
    return mask


def _ends_at(place: NDArray[np.float64], window: Window, shape: tuple[int, int]) -> tuple[bool, bool]:
    """Whether a place of the map is at the film's edge, and whether it is at the window's edge alone."""
    row, col = on_film(place, window)
    edge = _EDGE * 2 / window.scale
    at_film = min(row, col, shape[0] - 1 - row, shape[1] - 1 - col) < edge
    inner = min(row - window.top, col - window.left, window.top + window.height - 1 - row)
    at_window = min(inner, window.left + window.width - 1 - col) < edge
    return bool(at_film), bool(at_window and not at_film)


@dataclass(frozen=True, eq=False)
class _FoundCourse:
    """A course on the map from entry to tip, the map's mean along it, and its tip's heat."""

    path: CoursePath
    certainty: float
    tip_heat: float


def _courses_of(kind: str, maps: Maps, veins_end: NDArray[np.float64]) -> list[_FoundCourse]:
    """The courses of one kind on the map, the likeliest first."""
    body, heat = channel(maps, kind), channel(maps, f"{kind}_tip")
    mask = apply_hysteresis_threshold(body, _FAINT, _SURE)
    found = []
    for path in find_courses(mask, lambda ends: _entry_scores(kind, heat, veins_end, ends), _LONGEST_GAP):
        if path_length(path) < _LEAST_LENGTH:
            continue
        first, last = _entry_scores(kind, heat, veins_end, path[[0, -1]])  # a line that ends in a loop has one free end
        ended, tip_heat = _end_at_tip(smoothed(path[::-1] if last > first else path), heat)
        rows, cols = np.round(path).astype(int).T
        found.append(_FoundCourse(ended, float(body[rows, cols].mean()), tip_heat))
    return sorted(found, key=lambda each: -each.certainty * path_length(each.path) * (0.5 + each.tip_heat))


def _near_peak(heat: NDArray[np.float32], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """The maximum of one pass's map within a few pixels of a place of the mean map; that place where there is none."""
    row, col = (round(float(v)) for v in place)
    part = np.s_[max(0, row - 8) : row + 9, max(0, col - 8) : col + 9]
    around = np.zeros_like(heat)
    around[part] = heat[part]
    return peak(around)[0] if around.max() > 0.05 else place


def _points(places: list[NDArray[np.float64]], window: Window) -> tuple[Point, ...]:
    return tuple(Point(*map(float, on_film(place, window))) for place in places)


def _agreement(passes: list[Maps], kind: str, path: CoursePath) -> float:
    near = course_mask(path, passes[0].shape[1:], _NEAR_WIDTH)
    return mean_pairwise_dice(np.stack([(channel(each, kind) > 0.5) & near for each in passes]))


def _runs_along(path: CoursePath, others: list[CoursePath]) -> bool:
    """Whether a course mostly runs along one of the others, so that both are the same line."""
    return any(float((cKDTree(other).query(path)[0] < _SAME).mean()) > 0.6 for other in others)


def _candidate(
    kind: str, course: _FoundCourse, passes: list[Maps], window: Window, shape: tuple[int, int]
) -> Candidate:
    """The candidate of one course, for a film of ``shape``."""
    path, table = course.path, BUNDLES[BUNDLE].metadata["presence"]
    tips = [_near_peak(channel(each, f"{kind}_tip"), path[-1]) for each in passes]
    leaves, cut = _ends_at(path[-1], window, shape) if course.tip_heat < _TIP_SEEN else (False, False)
    return Candidate(
        kind=kind,
        path=on_film(path, window),
        mask=_mask_on_film(channel(np.mean(passes, axis=0), kind), path, window, shape),
        presence=_presence(kind, path_length(path), course.certainty, course.tip_heat, table),
        tip_heat=course.tip_heat,
        agreement=_agreement(passes, kind, path),
        certainty=course.certainty,
        leaves=leaves,
        cut=cut,
        pass_tips=_points(tips, window),
    )


def find_candidates(passes: list[Maps], film: Radiograph, window: Window) -> Candidates:
    """The likeliest line of each kind, a second catheter where there is one, and the carina."""
    mean = np.mean(passes, axis=0)
    place, heat = peak(channel(mean, "carina"))
    tubes = list[Candidate]()
    for kind in TUBES:
        others = [window.in_window(tube.path) / 2 for tube in tubes]
        courses = [each for each in _courses_of(kind, mean, place + _VEINS_END) if not _runs_along(each.path, others)]
        tubes += [_candidate(kind, each, passes, window, film.shape) for each in courses[: 2 if kind == "cvc" else 1]]
    carina = Landmark(_points([place], window)[0], heat) if heat >= _FAINT else None
    pass_carinas = _points([_near_peak(channel(each, "carina"), place) for each in passes], window)
    return Candidates(tuple(tubes), carina, pass_carinas, 2 / window.scale)


def tube_candidates(film: Radiograph, masks: Masks) -> Candidates:
    """The candidates in the mediastinum that the chest masks show; none without lungs."""
    window = tube_window(masks)
    if window is None:
        return Candidates((), None, (), 1.0)
    return find_candidates(window_maps(film, window), film, window)
