"""The true axes of a femur in space: head sphere, neck isthmus, shaft line, lesser trochanter.

Every femur is brought to one frame: the head's centre at the origin, z along the shaft upwards, x towards the middle of
the body across the condyles, y to the back, as a right femur.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points

_HEAD_TRIALS: Final = 1500
_HEAD_POINTS: Final = 6000
_HEAD_REACH_MM: Final = 45.0
_INLIER_MM: Final = 0.6
_NECK_STEPS: Final = 8
_PROXIMAL_HEAD_MM: Final = 60.0
"""Of the top of an upper half, within which its head lies."""


@dataclass(frozen=True)
class SpatialFemurAxes:
    """Places in mm: head's centre, middle of the neck's isthmus, two on the shaft's axis, lesser trochanter's tip."""

    head: Points
    neck: Points
    shaft_upper: Points
    shaft_lower: Points
    lesser_trochanter: Points
    radius: float

    @property
    def places(self) -> Points:
        """(5, 3): head, neck, shaft_upper, shaft_lower, lesser_trochanter."""
        return np.stack([self.head, self.neck, self.shaft_upper, self.shaft_lower, self.lesser_trochanter])

    @classmethod
    def of_places(cls, places: Points, radius: float) -> SpatialFemurAxes:
        """From landmarks in the order of ``places``."""
        head, neck, upper, lower, tip = places
        return cls(head, neck, upper, lower, tip, radius)

    @property
    def neck_shaft_angle(self) -> float:
        """The angle in space between neck and shaft, on the inner side, degrees."""
        up, down = self.head - self.neck, self.shaft_lower - self.shaft_upper
        cosine = up @ down / (np.linalg.norm(up) * np.linalg.norm(down))
        return float(np.degrees(np.arccos(cosine)))


def fit_sphere(points: Points) -> tuple[Points, float]:
    """Centre and radius of the sphere that fits (N, 3) points best in algebraic distance (Coope 1993)."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    solution = np.linalg.lstsq(system, np.square(points).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))


def _inliers(points: Points, centre: Points, radius: float, within: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(np.linalg.norm(points - centre, axis=1) - radius) < within)


def _head_sphere(points: Points, rng: np.random.Generator) -> tuple[Points, float, int]:
    """The sphere of 18 to 30 mm radius that most points lie on, and how many (RANSAC, Fischler and Bolles 1981)."""
    centre, radius, most = points[0], 1.0, 0
    for _ in range(_HEAD_TRIALS):
        near = points[np.linalg.norm(points - points[rng.integers(len(points))], axis=1) < _HEAD_REACH_MM]
        trial, size = fit_sphere(near[rng.choice(len(near), 4)])
        count = int(_inliers(points, trial, size, _INLIER_MM).sum()) if 18 < size < 30 else 0
        if count > most:
            centre, radius, most = trial, size, count
    for _ in range(5):
        centre, radius = fit_sphere(points[_inliers(points, centre, radius, 2 * _INLIER_MM)])
    return centre, radius, most


def _principal(points: Points) -> NDArray[np.float64]:
    """(3, 3) unit directions of greatest to least spread."""
    return np.asarray(np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2])


def _level_centres(vertices: Points, levels: NDArray[np.float64], half: float) -> Points:
    """(L, 3) middles of the outline at levels of z: of the extremes in x and in y."""
    centres = []
    for level in levels:
        ring = vertices[np.abs(vertices[:, 2] - level) < half, :2]
        centres.append([*(ring.min(axis=0) + ring.max(axis=0)) / 2, level])
    return np.array(centres)


def _shaft_line(samples: Points, top: float, bottom: float) -> tuple[Points, Points]:
    """(a place, unit direction upwards) of the shaft between two levels of z."""
    centres = _level_centres(samples, np.linspace(bottom, top, 30), 2.0)
    direction = _principal(centres)[0]
    return centres.mean(axis=0), direction * np.sign(direction[2])


@dataclass(frozen=True)
class FemurFrame:
    """A right femur's own frame in its scan's axes: the head's centre and radius, and unit rows x, y, z."""

    head: Points
    turn: NDArray[np.float64]
    radius: float

    def bring(self, places: Points) -> Points:
        """(N, 3) places of the scan in the femur's frame."""
        return np.asarray((places - self.head) @ self.turn.T)


def _unit_rows(z: Points, x: Points) -> NDArray[np.float64]:
    """(3, 3) rows: unit x across z, y to the back, z."""
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def find_frame(samples: Points) -> FemurFrame:
    """The frame of a whole right femur from (N, 3) samples of its surface, whichever way up the scan has it."""
    rng = np.random.default_rng(0)
    long = _principal(samples)[0]
    along = samples @ long
    low, high, length = along.min(), along.max(), np.ptp(along)
    ends = samples[along < low + 0.15 * length], samples[along > high - 0.15 * length]
    lower, upper = (_head_sphere(end[:: 1 + len(end) // _HEAD_POINTS], rng) for end in ends)
    if lower[2] > upper[2]:  # the head is the rounder end
        long, along, ends, upper = -long, -along, ends[::-1], lower
    head, radius, _ = upper
    shaft = samples[(along > along.max() - 0.55 * length) & (along < along.max() - 0.25 * length)]
    up = _principal(shaft)[0]
    up = up * np.sign(up @ long)
    condyles = ends[0] - ends[0].mean(axis=0)
    across = _principal(condyles - np.outer(condyles @ up, up))[0]
    across = across * np.sign(across @ (head - shaft.mean(axis=0)))
    return FemurFrame(head, _unit_rows(up, across), radius)


def find_proximal_frame(samples: Points) -> FemurFrame:
    """The same of an upper half, z up: x runs towards the middle of the body as the patient lay in the scanner."""
    heights = samples[:, 2]
    top = samples[heights > heights.max() - _PROXIMAL_HEAD_MM]
    head, radius, _ = _head_sphere(top[:: 1 + len(top) // _HEAD_POINTS], np.random.default_rng(0))
    _, up = _shaft_line(samples, heights.min() + 1.6 * radius, heights.min() + 0.2 * radius)
    return FemurFrame(head, _unit_rows(up, np.array([1.0, 0.0, 0.0])), radius)


def _isthmus(volume: Points, start: Points, radius: float) -> Points:
    """The middle of the neck's smallest section between the head and the trochanters, by slabs across the axis."""
    middle = start
    for _ in range(_NECK_STEPS):
        axis = middle / np.linalg.norm(middle)
        distance = volume @ axis
        near = np.linalg.norm(volume - distance[:, None] * axis, axis=1) < 1.15 * radius
        best, least = middle, np.inf
        for level in np.arange(0.8, 1.9, 0.05) * radius:
            slab = near & (np.abs(distance - level) < 0.05 * radius)
            if 0 < slab.sum() < least:
                best, least = volume[slab].mean(axis=0), slab.sum()
        middle = best
    return middle


def _lesser_trochanter(samples: Points, shaft: Points, radius: float) -> Points:
    """The place that stands out farthest to the inner back side of the shaft, below the neck."""
    outwards = np.array([0.6, 0.8, 0.0])
    zone = samples[(samples[:, 2] < -1.7 * radius) & (samples[:, 2] > -3.9 * radius)]
    return np.asarray(zone[np.argmax((zone - shaft) @ outwards)])


def find_axes(samples: Points, volume: Points, radius: float) -> SpatialFemurAxes:
    """The axes of a femur in its own frame, from surface samples and the points of its volume."""
    first, _ = _shaft_line(samples, -4.5 * radius, -8 * radius)
    tip = _lesser_trochanter(samples, first, radius)
    place, direction = _shaft_line(samples, tip[2] - radius, tip[2] - 5 * radius)
    towards_shaft = np.array([first[0], first[1], -1.5 * radius])
    neck = _isthmus(volume, 1.2 * radius * towards_shaft / np.linalg.norm(towards_shaft), radius)

    def on_shaft(level: float) -> Points:
        return np.asarray(place + direction * (level - place[2]) / direction[2])

    return SpatialFemurAxes(np.zeros(3), neck, on_shaft(tip[2] - radius), on_shaft(tip[2] - 5 * radius), tip, radius)
