"""The courses of one kind of line on the network's maps, each followed from its entry to its tip.

Places and lengths are in pixels of the map: 2 pixels of the window, about 1.6 mm of an adult.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.tubes.course import CoursePath, find_courses, length_ahead, path_length, smoothed
from radcaliper.measurements.types import Mask
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.tubes.maps import channel, line_map, peak
from radcaliper.models.tubes.presence import course_features, entry_distance, presence

_FAINT: Final = 0.25
_SURE: Final = 0.55
"""Hysteresis thresholds of a line's map."""
_FAINT_TIP: Final = 0.12
"""Heat from which a course ends at a tip: a tip's heat is faint even where its place is right."""
_LONGEST_GAP: Final = 30.0
"""Longest gap that a course is joined over."""
_TAIL: Final = 25.0
"""Length of a course's end in which its tip is searched."""
_LEAST_LENGTH: Final = 12.0
_ONWARD: Final = 12
"""Places of a course from whose first to last it points ahead."""
_AHEAD: Final = 40.0
_ASIDE: Final = 12.0
"""How far ahead of the course of a tracheal tube, and how far aside, its tip may lie."""


@dataclass(frozen=True, eq=False)
class FoundCourse:
    """A course (N, 2) from entry to tip, its tip's heat, what speaks for it, and the probability that it is there."""

    path: CoursePath
    tip_heat: float
    features: Mapping[str, float]
    presence: float


def _entry_scores(
    kind: str, heat: NDArray[np.float32], veins_end: NDArray[np.float64], ends: CoursePath
) -> NDArray[np.float64]:
    """How likely the line enters at each end, lower at a tip."""
    rows, cols = np.round(ends).astype(int).T
    near_heat = cv2.dilate(heat, np.ones((7, 7), np.uint8))[rows, cols]
    return np.asarray(entry_distance(kind, veins_end, ends) - 200.0 * (near_heat > 0.4))


def _end_at_tip(path: CoursePath, heat: NDArray[np.float32]) -> tuple[CoursePath, float]:
    """The course, ended at its tip if there is one near its end, and the tip's heat."""
    rows, cols = np.round(path).astype(int).T
    near = cv2.dilate(heat, np.ones((9, 9), np.uint8))[rows, cols] * (length_ahead(path) < _TAIL)
    if near.max() >= _FAINT_TIP:
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


def _end_at_hottest(path: CoursePath, heat: NDArray[np.float32]) -> tuple[CoursePath, float]:
    """The course of a tracheal tube, ended at the hottest place near it or ahead of it if there is one, and its heat.

    Beyond its tip such a tube's course may go on along a gastric tube or the trachea's wall, and the stripe in its own
    wall ends before the tip.
    """
    onward = path[-1] - path[max(0, len(path) - _ONWARD)]
    ahead = path[-1] + _AHEAD * onward / max(float(np.linalg.norm(onward)), 1e-6)
    aside = np.full(heat.shape, 255, np.uint8)
    cv2.polylines(aside, [np.round(np.stack([*path, ahead])[:, ::-1]).astype(np.int32)], False, 0, 1)
    near = np.where(cv2.distanceTransform(aside, cv2.DIST_L2, 5) <= _ASIDE, heat, np.float32(0))
    place, tip_heat = peak(near)
    if tip_heat < _FAINT_TIP:
        return path, tip_heat
    nearest = int(np.linalg.norm(path - place, axis=1).argmin())
    kept = path if nearest == len(path) - 1 else path[: max(1, nearest)]
    return np.concatenate([kept, place[None]]), tip_heat


def _line_mask(body: NDArray[np.float32]) -> Mask:
    """What is faint and joined to what is sure of a line's (H, W) map (hysteresis, Canny 1986)."""
    _, labels = cv2.connectedComponents((body > _FAINT).view(np.uint8), connectivity=4)
    sure = np.zeros(int(labels.max()) + 1, bool)
    sure[labels[body > _SURE]] = True
    return np.asarray(sure[labels])


def courses_of(kind: str, maps: Maps, veins_end: NDArray[np.float64], fit: Mapping[str, float]) -> list[FoundCourse]:
    """The courses of one kind in a window, the likeliest first by the ``fit`` of its presence."""
    body, heat = line_map(maps, kind), channel(maps, f"{kind}_tip")
    if not (body > _SURE).any():
        return []
    found = []
    for path in find_courses(_line_mask(body), lambda ends: _entry_scores(kind, heat, veins_end, ends), _LONGEST_GAP):
        if path_length(path) < _LEAST_LENGTH:
            continue
        first, last = _entry_scores(kind, heat, veins_end, path[[0, -1]])  # a line that ends in a loop has one free end
        end = _end_at_hottest if kind == "ett" else _end_at_tip
        ended, tip_heat = end(smoothed(path[::-1] if last > first else path), heat)
        features = course_features(kind, ended, maps)
        found.append(FoundCourse(ended, tip_heat, features, presence(fit, features)))
    return sorted(found, key=lambda each: -each.presence)
