"""A synthetic film of both hips with known axes: solids of simple shape, looked through as X-rays do. No patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.types import Mask, PixelSpacing, Radiograph, SpacingSource

Picture = NDArray[np.float64]
Place = tuple[float, float]
"""Row and column in mm."""

_SHAPE: Final = (1000, 1200)
_PIXEL_MM: Final = 0.4
_JOINT: Final = (170.0, 88.0)
"""Millimetres of a hip joint from the film's upper edge, and from its middle."""
_HEAD_MM: Final = 24.0
_NECK_MM: Final = 55.0
_SHAFT_LEANS: Final = 5.0
"""Degrees by which a shaft's lower end lies further inside than its upper one."""
_BONE, _TISSUE = 0.038, 0.02
"""Attenuation a millimetre, of cortical bone beyond the soft tissue it displaces, and of soft tissue."""
_DENSEST: Final = 6.0
"""Attenuation that is white on the film."""
_SILHOUETTE_MM: Final = 1.5
_GRAIN: Final = 0.2
_GRAIN_SIGMAS: Final = (3.0, 10.0)
"""Of the grain of bone: its strength as a share, and its coarseness in pixels."""


@dataclass(frozen=True)
class _Solid:
    """A rod with round ends of two radii, and how thick its cortex is and how dense what that holds (0 to 1)."""

    start: Place
    end: Place
    radii: tuple[float, float]
    cortex: float
    sponge: float


@dataclass(frozen=True, eq=False)
class HipPhantom:
    """A film, and by side the axes in mm and the mask (H, W) of the femur."""

    film: Radiograph
    axes: dict[str, FemurAxes]
    femora: dict[str, Mask]


@dataclass(frozen=True)
class _Plane:
    """Where the film's pixels are, in mm: (H,) rows, and (W,) columns from the film's middle."""

    rows: Picture
    cols: Picture

    def through(self, solid: _Solid, less: float) -> Picture:
        """(H, W) length of the rays within the rod, ``less`` mm under its surface."""
        start, axis = np.array(solid.start), np.subtract(solid.end, solid.start)
        reach = max(solid.radii)
        near = [
            slice(*np.searchsorted(line, (min(ends) - reach, max(ends) + reach)))
            for line, ends in zip((self.rows, self.cols), zip(solid.start, solid.end, strict=True), strict=True)
        ]
        down, across = self.rows[near[0], None] - start[0], self.cols[None, near[1]] - start[1]
        along = np.clip((down * axis[0] + across * axis[1]) / max(float(axis @ axis), 1e-9), 0, 1)
        apart = np.square(down - along * axis[0]) + np.square(across - along * axis[1])
        radius = np.maximum(solid.radii[0] + along * (solid.radii[1] - solid.radii[0]) - less, 0)
        lengths = np.zeros((len(self.rows), len(self.cols)))
        lengths[near[0], near[1]] = 2 * np.sqrt(np.clip(np.square(radius) - apart, 0, None))
        return lengths


def _joined(lengths: Sequence[Picture]) -> Picture:
    """Solids that overlap, as one: near the greatest length at each place, without a crease."""
    return np.asarray(np.sqrt(np.sqrt(sum(np.square(np.square(length)) for length in lengths))))


def _bone(solids: Sequence[_Solid], plane: _Plane) -> tuple[Picture, Picture]:
    """(H, W) length of all of a bone, and of its cortex with what its sponge comes to."""
    outer = _joined([plane.through(solid, 0.0) for solid in solids])
    held = [plane.through(solid, solid.cortex) for solid in solids]
    inner, total = _joined(held), sum(held) + 1e-9
    sponge = sum(solid.sponge * length for solid, length in zip(solids, held, strict=True)) / total
    return outer, outer - (1 - sponge) * np.minimum(inner, outer)


def _axes(neck_shaft: float) -> FemurAxes:
    """The right hip's, the film's middle at column 0."""
    head = np.array([_JOINT[0], -_JOINT[1]])
    lean, neck = np.radians(_SHAFT_LEANS), np.radians(180 - neck_shaft - _SHAFT_LEANS)
    down, neck_up = np.array([np.cos(lean), np.sin(lean)]), np.array([-np.cos(neck), np.sin(neck)])
    base = head - _NECK_MM * neck_up
    return FemurAxes(head, _HEAD_MM, head - 0.55 * _NECK_MM * neck_up, base + 45 * down, base + 175 * down)


def _femur(axes: FemurAxes) -> list[_Solid]:
    down = (axes.shaft_lower - axes.shaft_upper) / np.linalg.norm(axes.shaft_lower - axes.shaft_upper)
    outwards = np.array([down[1], -down[0]])
    base = axes.shaft_upper - 45 * down

    def place(along: float, out: float) -> Place:
        row, col = base + along * down + out * outwards
        return float(row), float(col)

    head = (float(axes.head[0]), float(axes.head[1]))
    return [
        _Solid(head, head, (_HEAD_MM, _HEAD_MM), 1.2, 0.2),
        _Solid(head, place(2, 0), (15, 20), 2.2, 0.15),
        _Solid(place(-9, 14), place(25, 8), (14, 14), 1.8, 0.12),
        _Solid(place(0, 0), place(70, 0), (22, 14.5), 3.5, 0.08),
        _Solid(place(42, -14), place(62, -9), (8, 7), 2.0, 0.2),
        _Solid(place(55, 0), place(300, 0), (14.5, 13.5), 6.0, 0.02),
    ]


def _pelvis() -> list[_Solid]:
    """The right half: ilium, roof of the joint, pubic bone, ischium, and half of the sacrum."""
    row, col = _JOINT[0], -_JOINT[1]
    return [
        _Solid((row - 36, col - 4), (row - 120, col - 34), (20, 16), 1.6, 0.1),
        _Solid((row - 36, col + 10), (row - 85, col + 44), (20, 14), 1.6, 0.12),
        _Solid((row - 60, col + 6), (row - 122, col - 2), (36, 30), 1.0, 0.04),
        _Solid((row - 29, col - 22), (row - 26, col + 22), (7, 12), 2.5, 0.25),
        _Solid((row - 26, col + 26), (row + 14, col + 40), (12, 12), 2.0, 0.15),
        _Solid((row + 2, col + 38), (row + 34, col + 78), (10, 9), 1.6, 0.12),
        _Solid((row + 14, col + 40), (row + 66, col + 34), (13, 13), 1.6, 0.12),
        _Solid((row + 70, col + 38), (row + 46, col + 79), (9, 7), 1.6, 0.12),
        _Solid((row - 100, col + 64), (row - 28, col + 84), (22, 9), 1.2, 0.1),
    ]


def _tissue(plane: _Plane) -> Picture:
    """(H, W) length of soft tissue: a trunk that goes over into two thighs."""
    below = 1 / (1 + np.exp(-(plane.rows - _JOINT[0] - 70) / 22))[:, None]
    trunk = 200 * np.sqrt(np.clip(1 - np.square(plane.cols / 205), 0, None))
    thighs = 165 * np.sqrt(np.clip(1 - np.square((np.abs(plane.cols) - 98) / 92), 0, None))
    return np.asarray(trunk * (1 - below) + thighs * below)


def _grain() -> Picture:
    """(H, W) how much denser bone is here than on the mean: without the grain of its sponge it looks like metal."""
    random = np.random.default_rng(2)
    fields = [cv2.GaussianBlur(random.normal(size=_SHAPE), (0, 0), sigma) for sigma in _GRAIN_SIGMAS]
    return np.asarray(sum(_GRAIN * field / field.std() for field in fields))


def _exposed(attenuation: Picture) -> Radiograph:
    """The film, with blur and noise; the same for each call."""
    noise = np.random.default_rng(1).normal(0, 0.015, _SHAPE)
    pixels = cv2.GaussianBlur(attenuation / _DENSEST, (0, 0), 1.5) + cv2.GaussianBlur(noise, (0, 0), 0.7)
    spacing = PixelSpacing(_PIXEL_MM, _PIXEL_MM, SpacingSource.CALIBRATED)
    return Radiograph(pixels.astype(np.float32), spacing, view="AP")


def _mirrored(axes: FemurAxes) -> FemurAxes:
    places = (place * [1.0, -1.0] for place in (axes.head, axes.neck, axes.shaft_upper, axes.shaft_lower))
    head, neck, upper, lower = places
    return FemurAxes(head, axes.radius, neck, upper, lower)


def hip_phantom(neck_shaft: float = 127.0) -> HipPhantom:
    """Both hips: heads of 48 mm, necks at ``neck_shaft`` degrees to the shafts, square pixels of 0.4 mm."""
    rows, cols = (np.arange(size, dtype=np.float64) * _PIXEL_MM for size in _SHAPE)
    middle = float(cols[-1]) / 2
    plane, axes = _Plane(rows, cols - middle), _axes(neck_shaft)
    outer, femur = _bone(_femur(axes), plane)
    half = (femur + _bone(_pelvis(), plane)[1]) * (1 + _grain())
    film = _exposed(_BONE * (half + half[:, ::-1]) + _TISSUE * _tissue(plane))
    mask, shift = outer > _SILHOUETTE_MM, np.array([0.0, middle])
    return HipPhantom(
        film,
        {"right": axes.shifted(shift), "left": _mirrored(axes).shifted(shift)},
        {"right": mask, "left": mask[:, ::-1]},
    )
