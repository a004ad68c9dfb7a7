"""Tubes, wires and spots as radiographs show them: a hollow tube is brightest at its edges, its stripe brighter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from radcaliper.measurements.tubes.course import CoursePath, length_ahead
from radcaliper.models.inference.arrays import Grey

_SHIFT: Final = 4


@dataclass(frozen=True)
class DrawnLine:
    """A tube or wire: its course from entry to tip in pixels, densely sampled, and what it is made of.

    ``kind`` is one of the network's bodies, or empty for what is drawn but belongs to none. ``strength`` is the rise of
    grey at its brightest; ``lumen`` is an inner radius; ``stripe`` the place of the opaque stripe across it, in
    radii from -1 to 1, and ``stripe_strength`` its share; ``holes`` are stretches without a stripe and ``solid`` the
    length of a metal weight, in pixels from the tip; ``ends`` is False for a wire without a tip.
    """

    kind: str
    path: CoursePath
    radius: float
    lumen: float
    strength: float
    stripe: float = 0.0
    stripe_strength: float = 0.0
    holes: tuple[tuple[float, float], ...] = ()
    solid: float = 0.0
    ends: bool = True

    @property
    def tip(self) -> NDArray[np.float64]:
        """(row, col) of the last place."""
        return np.asarray(self.path[-1])


@dataclass(frozen=True)
class DrawnSpot:
    """A disc or a ring, as of an electrode or a port: its middle, radius and the radius of its hole, in pixels."""

    place: NDArray[np.float64]
    radius: float
    hole: float
    strength: float


def smooth_path(controls: Sequence[NDArray[np.float64]] | CoursePath, step: float = 0.5) -> CoursePath:
    """A centripetal Catmull-Rom curve through the control points, sampled about every ``step`` pixels."""
    points = np.asarray(controls, float)
    points = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    pieces = []
    for p0, p1, p2, p3 in zip(points, points[1:], points[2:], points[3:], strict=False):
        count = max(2, int(np.linalg.norm(p2 - p1) / step))
        steps = [np.sqrt(max(1e-3, float(np.linalg.norm(b - a)))) for a, b in ((p0, p1), (p1, p2), (p2, p3))]
        knots = np.cumsum([0.0, *steps])
        t = np.linspace(knots[1], knots[2], count, endpoint=False)[:, None]
        a1, a2, a3 = (
            ((k1 - t) * q0 + (t - k0) * q1) / (k1 - k0)
            for q0, q1, k0, k1 in zip((p0, p1, p2), (p1, p2, p3), knots, knots[1:], strict=False)
        )
        b1 = ((knots[2] - t) * a1 + (t - knots[0]) * a2) / (knots[2] - knots[0])
        b2 = ((knots[3] - t) * a2 + (t - knots[1]) * a3) / (knots[3] - knots[1])
        pieces.append(((knots[2] - t) * b1 + (t - knots[1]) * b2) / (knots[2] - knots[1]))
    return np.concatenate([*pieces, points[-2:-1]])


def draw_path(canvas: NDArray[np.uint8], path: CoursePath, thickness: int, value: int = 255) -> None:
    """Draw a course on a canvas of the same frame, in place."""
    xy = np.round(path[:, ::-1] * 2**_SHIFT).astype(np.int32)
    cv2.polylines(canvas, [xy], False, value, thickness, cv2.LINE_AA, _SHIFT)


def _profile(line: DrawnLine, across: Grey, from_tip: Grey) -> Grey:
    """The rise of grey at signed distances ``across`` the course, ``from_tip`` pixels before its tip."""
    outer = np.sqrt(np.maximum(line.radius**2 - across**2, 0))
    inner = np.sqrt(np.maximum(line.lumen**2 - across**2, 0))
    wall = (outer - inner) / np.sqrt(line.radius**2 - line.lumen**2)
    width = max(0.35, 0.16 * line.radius)
    stripe = np.exp(-(((across - line.stripe * line.radius) / width) ** 2) / 2) * line.stripe_strength
    for begin, end in line.holes:
        stripe[(from_tip > begin) & (from_tip < end)] = 0
    metal = outer / line.radius * 2.5 * (from_tip < line.solid)
    return np.asarray(line.strength * np.maximum(wall + stripe, metal), np.float32)


def _add_line(rise: Grey, line: DrawnLine) -> None:
    near = np.zeros(rise.shape, np.uint8)
    cv2.polylines(near, [np.round(line.path[::2, ::-1]).astype(np.int32)], False, 1, 2 * int(np.ceil(line.radius)) + 3)
    places = np.argwhere(near)
    if not len(places):
        return
    distance, nearest = cKDTree(line.path, balanced_tree=False, compact_nodes=False).query(places)
    tangent = np.gradient(line.path, axis=0)
    offset = places - line.path[nearest]
    side = np.sign(tangent[nearest, 0] * offset[:, 1] - tangent[nearest, 1] * offset[:, 0])
    from_tip = length_ahead(line.path)[nearest]
    risen = _profile(line, (side * distance).astype(np.float32), from_tip.astype(np.float32))
    where = places[:, 0], places[:, 1]
    rise[where] = rise[where] + risen


def _add_spot(rise: Grey, spot: DrawnSpot) -> None:
    disc = np.zeros(rise.shape, np.uint8)
    centre = tuple(int(v) for v in np.round(spot.place[::-1] * 2**_SHIFT))
    cv2.circle(disc, centre, round(spot.radius * 2**_SHIFT), 255, -1, cv2.LINE_AA, _SHIFT)
    if spot.hole > 0:
        cv2.circle(disc, centre, round(spot.hole * 2**_SHIFT), 0, -1, cv2.LINE_AA, _SHIFT)
    rise += disc.astype(np.float32) * np.float32(spot.strength / 255)


def paint(grey: Grey, lines: Sequence[DrawnLine], spots: Sequence[DrawnSpot], blur: float) -> Grey:
    """A film (H, W) in [0, 1] with lines and spots drawn into it; ``blur`` is the sigma of their softness in pixels."""
    rise = np.zeros_like(grey)
    for line in lines:
        _add_line(rise, line)
    for spot in spots:
        _add_spot(rise, spot)
    if blur > 0:
        rise = np.asarray(cv2.GaussianBlur(rise, (0, 0), blur), np.float32)
    return np.asarray(np.clip(grey + rise * (1 - 0.6 * np.clip(grey, 0, 1)), 0, 1.2), np.float32)
