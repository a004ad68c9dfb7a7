"""The likeliest tubes and lines in the network's maps of the mediastinum, each followed from its entry to its tip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.filters import apply_hysteresis_threshold

from radcaliper.measurements.tubes.course import Course, courses, length_ahead, path_length, smoothed
from radcaliper.measurements.types import Landmark, Mask, Masks, Point, Radiograph
from radcaliper.models.inference.agreement import mean_pairwise_dice
from radcaliper.models.inference.forward import predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.channels import TUBE_CHANNELS, TUBES
from radcaliper.models.tubes.window import COLS, ROWS, Window, as_the_network_sees, tube_window

BUNDLE: Final = "chest_tubes"
SCALES: Final = (1.0, 0.75)
"""The passes over a window: its size in each, as a share of the full one."""
_FAINT: Final = 0.25
_SURE: Final = 0.55
_LONGEST_GAP: Final = 30.0
_NEAR: Final = 6.0
_TAIL: Final = 25.0
_EDGE: Final = 4.0
_TIP_SEEN: Final = 0.5
_SAME: Final = 4.0
_HEART: Final = np.array([25.0, -8.0])
"""From the carina to where the great veins end, which catheters come to from afar."""
_LEAST_LENGTH: Final = 12.0
LENGTH_SCALE: Final = 60.0
"""Lengths in pixels of the map: 2 pixels of the window, about 1.6 mm of an adult."""
Maps = NDArray[np.float32]
"""(C, H, W) probabilities of the tube network's channels, at half the window's size."""


@dataclass(frozen=True)
class Candidate:
    """One line that may be there: its course from entry to tip (N, 2) in the film's pixels, and its outline's mask.

    ``presence`` is the probability that it is there, ``tip_heat`` how surely its tip was seen, both 0 to 1; ``leaves``
    says that its course goes on beyond the film, ``cut`` that it goes on beyond what was looked at closely.
    ``agreement`` and ``certainty`` are what the quality of its mask is judged by; ``pass_tips`` are the tips that
    single passes saw.
    """

    kind: str
    path: Course
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


def _one_pass(square: NDArray[np.float32], seen: Mask, scale: float) -> Maps:
    size = round(COLS * scale), round(ROWS * scale)
    small = np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.float32)
    shown = cv2.resize(seen.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    maps = predict(load_predictor(BUNDLE), as_the_network_sees(small, shown)[None])[0]
    return np.stack([cv2.resize(each, (COLS // 2, ROWS // 2)) for each in maps])


def window_maps(film: Radiograph, window: Window) -> list[Maps]:
    """The network's maps of the window, each (C, ROWS / 2, COLS / 2), one for each pass."""
    square = window.square(film.pixels)
    return [_one_pass(square, window.seen, scale) for scale in SCALES]


def channel(maps: Maps, name: str) -> NDArray[np.float32]:
    """The map of one channel."""
    return np.asarray(maps[TUBE_CHANNELS.index(name)])


def peak(heat: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The hottest place of a map, between pixels (centre of mass of its surroundings), and its heat."""
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


def entry_likelihood(kind: str, home: NDArray[np.float64], ends: Course) -> NDArray[np.float64]:
    """(N,) the higher, the likelier a line of this kind enters at each of (N, 2) ends, in their pixels.

    Tubes enter from above, catheters from far beside or above ``home``, where the great veins end.
    """
    beside = np.hypot(np.minimum(ends[:, 0] - home[0], 0), ends[:, 1] - home[1])
    return np.asarray(beside if kind == "cvc" else -ends[:, 0])


def _outwardness(kind: str, heat: NDArray[np.float32], home: NDArray[np.float64], ends: Course) -> NDArray[np.float64]:
    """How likely a line enters at each end: none does at its tip."""
    rows, cols = np.round(ends).astype(int).T
    hot = cv2.dilate(heat, np.ones((7, 7), np.uint8))[rows, cols]
    return np.asarray(entry_likelihood(kind, home, ends) - 200.0 * (hot > 0.4))


def _to_the_tip(path: Course, heat: NDArray[np.float32]) -> tuple[Course, float]:
    """The course ended where its tip was seen, and the heat there; a tip seen elsewhere is another line's."""
    rows, cols = np.round(path).astype(int).T
    near = cv2.dilate(heat, np.ones((9, 9), np.uint8))[rows, cols] * (length_ahead(path) < _TAIL)
    if near.max() >= _FAINT:
        around = np.zeros_like(heat)
        row, col = (round(float(v)) for v in path[int(near.argmax())])
        part = np.s_[max(0, row - 5) : row + 6, max(0, col - 5) : col + 6]
        around[part] = heat[part]
        place, hot = peak(around)
        kept = path[: int(np.linalg.norm(path - place, axis=1).argmin()) + 1]
        return np.concatenate([kept[:-1], place[None]]), hot
    place, hot = peak(heat)
    gap = float(np.linalg.norm(place - path[-1]))
    onward = path[-1] - path[max(0, len(path) - 8)]
    straight = float(onward @ (place - path[-1])) > 0.6 * float(np.linalg.norm(onward)) * gap
    if hot >= 0.5 and gap < _TAIL and straight:
        return np.concatenate([path, place[None]]), hot
    return path, float(near.max())


def presence_score(weights: Mapping[str, float], length: float, certainty: float, tip: float) -> float:
    """The logit of a line's presence from its length (in ``LENGTH_SCALE``, up to 1), the mean of the map along it, and
    its tip's heat."""
    parts = weights["length"] * length + weights["certainty"] * certainty + weights["tip"] * tip
    return weights["constant"] + parts


def _presence(kind: str, length: float, certainty: float, hot: float, table: dict[str, Any]) -> float:
    """Probability of a line whose length is in pixels of the map."""
    return float(1 / (1 + np.exp(-presence_score(table[kind], min(1.0, length / LENGTH_SCALE), certainty, hot))))


def _near(path: Course, shape: tuple[int, ...]) -> Mask:
    """What of a map of ``shape`` lies within four pixels of a course."""
    canvas = np.zeros(shape, np.uint8)
    cv2.polylines(canvas, [np.round(path[:, ::-1]).astype(np.int32)], False, 1, 9)
    return canvas > 0


def _mask_on_film(body: NDArray[np.float32], path: Course, window: Window, shape: tuple[int, int]) -> Mask:
    """The outline about one course, at the film's size: the map between its pixels' centres."""
    held = np.where(_near(path, body.shape), body, np.float32(0))
    part = window.box.backward(np.asarray(cv2.resize(held, (window.cols, window.rows)), np.float32)) > 0.5
    mask = np.zeros(shape, bool)
    mask[window.top : window.top + window.height, window.left : window.left + window.width] = part
    return mask


def _ends_at(place: NDArray[np.float64], window: Window, shape: tuple[int, int]) -> tuple[bool, bool]:
    """Whether a place of the map is at the film's edge, or at that of the window alone."""
    row, col = on_film(place, window)
    edge = _EDGE * 2 / window.scale
    at_film = min(row, col, shape[0] - 1 - row, shape[1] - 1 - col) < edge
    inner = min(row - window.top, col - window.left, window.top + window.height - 1 - row)
    at_window = min(inner, window.left + window.width - 1 - col) < edge
    return bool(at_film), bool(at_window and not at_film)


def _candidates(kind: str, maps: Maps, home: NDArray[np.float64]) -> list[tuple[Course, float, float]]:
    """Courses of one kind on the map, the likeliest first, each with the map's mean along it and its tip's heat."""
    body, heat = channel(maps, kind), channel(maps, f"{kind}_tip")
    seen = apply_hysteresis_threshold(body, _FAINT, _SURE)
    found = []
    for path in courses(seen, lambda ends: _outwardness(kind, heat, home, ends), _LONGEST_GAP):
        if path_length(path) < _LEAST_LENGTH:
            continue
        first, last = _outwardness(kind, heat, home, path[[0, -1]])  # a line that ends in a loop has one free end
        ended, hot = _to_the_tip(smoothed(path[::-1] if last > first else path), heat)
        rows, cols = np.round(path).astype(int).T
        found.append((ended, float(body[rows, cols].mean()), hot))
    return sorted(found, key=lambda each: -each[1] * path_length(each[0]) * (0.5 + each[2]))


def _near_peak(heat: NDArray[np.float32], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """The hottest place of one pass's map within a few pixels of a place that all passes agreed on."""
    row, col = (round(float(v)) for v in place)
    part = np.s_[max(0, row - 8) : row + 9, max(0, col - 8) : col + 9]
    around = np.zeros_like(heat)
    around[part] = heat[part]
    return peak(around)[0] if around.max() > 0.05 else place


def _points(places: list[NDArray[np.float64]], window: Window) -> tuple[Point, ...]:
    return tuple(Point(*map(float, on_film(place, window))) for place in places)


def _agreement(passes: list[Maps], kind: str, path: Course) -> float:
    near = _near(path, passes[0].shape[1:])
    return mean_pairwise_dice(np.stack([(channel(each, kind) > 0.5) & near for each in passes]))


def _runs_along(path: Course, others: list[Course]) -> bool:
    """Whether a course is mostly that of a line of another kind: the same line, seen as two."""
    return any(float((cKDTree(other).query(path)[0] < _SAME).mean()) > 0.6 for other in others)


def find_candidates(passes: list[Maps], film: Radiograph, window: Window) -> Candidates:
    """The likeliest line of each kind, a second catheter where there is one, and the carina."""
    mean = np.mean(passes, axis=0)
    place, hot = peak(channel(mean, "carina"))
    table, made = BUNDLES[BUNDLE].metadata["presence"], list[Candidate]()
    for kind in TUBES:
        followed = [window.in_window(tube.path) / 2 for tube in made]
        likely = [each for each in _candidates(kind, mean, place + _HEART) if not _runs_along(each[0], followed)]
        for path, certainty, tip_heat in likely[: 2 if kind == "cvc" else 1]:
            tips = [_near_peak(channel(each, f"{kind}_tip"), path[-1]) for each in passes]
            made.append(
                Candidate(
                    kind,
                    on_film(path, window),
                    _mask_on_film(channel(mean, kind), path, window, film.shape),
                    _presence(kind, path_length(path), certainty, tip_heat, table),
                    tip_heat,
                    _agreement(passes, kind, path),
                    certainty,
                    *(_ends_at(path[-1], window, film.shape) if tip_heat < _TIP_SEEN else (False, False)),
                    _points(tips, window),
                )
            )
    carina = Landmark(_points([place], window)[0], hot) if hot >= _FAINT else None
    others = _points([_near_peak(channel(each, "carina"), place) for each in passes], window)
    return Candidates(tuple(made), carina, others, 2 / window.scale)


def tube_candidates(film: Radiograph, masks: Masks) -> Candidates:
    """The candidates in the mediastinum that the chest masks show; none without lungs to go by."""
    window = tube_window(masks)
    if window is None:
        return Candidates((), None, (), 1.0)
    return find_candidates(window_maps(film, window), film, window)
