"""A synthetic film of both hips with known axes: a projection of solids of simple shape. It shows no patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.types import Mask, PixelSpacing, Radiograph, SpacingSource

Image = NDArray[np.float64]
"""(H, W) lengths of rays in mm, or attenuations."""
PointMm = tuple[float, float]
"""Row and column in mm."""

_SHAPE: Final = (1000, 1200)
_PIXEL_MM: Final = 0.4
_JOINT: Final = (170.0, 88.0)
"""Distances of a hip joint from the film's upper edge and from its middle, in mm."""
_HEAD_MM: Final = 24.0
_NECK_MM: Final = 55.0
_SHAFT_ADDUCTION: Final = 5.0
"""Angle of a shaft to the film's columns in degrees; its lower end lies further inside."""
_BONE, _TISSUE = 0.038, 0.02
"""Attenuation per mm: of cortical bone above that of soft tissue, and of soft tissue."""
_WHITE: Final = 6.0
"""The attenuation that is white on the film."""
_MASK_MM: Final = 1.5
"""The length of bone along a ray from which a pixel belongs to the mask."""
_TEXTURE: Final = 0.2
_TEXTURE_SIGMAS: Final = (3.0, 10.0)
"""Texture of trabecular bone: its relative standard deviation, and its scales in pixels."""


@dataclass(frozen=True)
class _Solid:
    """A rod with round ends of two radii; thickness of its cortex in mm, density of the bone inside it from 0 to 1."""

    start: PointMm
    end: PointMm
    radii: tuple[float, float]
    cortex: float
    inside: float


@dataclass(frozen=True, eq=False)
class HipPhantom:
    """A film, and by side the axes in mm and the mask (H, W) of the femur."""

    film: Radiograph
    axes: dict[str, FemurAxes]
    femora: dict[str, Mask]


@dataclass(frozen=True)
class _Plane:
    """Coordinates of the film's pixels in mm: (H,) rows, and (W,) columns from the film's middle."""

    rows: NDArray[np.float64]
    cols: NDArray[np.float64]

    def ray_lengths(self, solid: _Solid, depth: float) -> Image:
        """(H, W) length of the rays within the part of the rod that lies deeper than ``depth`` mm."""
        start, axis = np.array(solid.start), np.subtract(solid.end, solid.start)
        reach = max(solid.radii)
        near = [
            slice(*np.searchsorted(line, (min(ends) - reach, max(ends) + reach)))
            for line, ends in zip((self.rows, self.cols), zip(solid.start, solid.end, strict=True), strict=True)
        ]
        down, across = self.rows[near[0], None] - start[0], self.cols[None, near[1]] - start[1]
        along = np.clip((down * axis[0] + across * axis[1]) / max(float(axis @ axis), 1e-9), 0, 1)
        apart = np.square(down - along * axis[0]) + np.square(across - along * axis[1])
        radius = np.maximum(solid.radii[0] + along * (solid.radii[1] - solid.radii[0]) - depth, 0)
        lengths = np.zeros((len(self.rows), len(self.cols)))
        lengths[near[0], near[1]] = 2 * np.sqrt(np.clip(np.square(radius) - apart, 0, None))
        return lengths


def _joined(lengths: Sequence[Image]) -> Image:
    """The lengths in overlapping solids as in one (their 4-norm): near the greatest, with smooth transitions."""
    return np.asarray(np.sqrt(np.sqrt(sum(np.square(np.square(length)) for length in lengths))))


def _bone(solids: Sequence[_Solid], plane: _Plane) -> tuple[Image, Image]:
    """(H, W) ray lengths in a whole bone, and the lengths of cortical bone of the same attenuation."""
    outer = _joined([plane.ray_lengths(solid, 0.0) for solid in solids])
    within = [plane.ray_lengths(solid, solid.cortex) for solid in solids]
    inner, total = _joined(within), sum(within) + 1e-9
    inside = sum(solid.inside * length for solid, length in zip(solids, within, strict=True)) / total
    return outer, outer - (1 - inside) * np.minimum(inner, outer)


def _axes(neck_shaft: float) -> FemurAxes:
    """The axes of the right hip in mm, with column 0 at the film's middle."""
    head = np.array([_JOINT[0], -_JOINT[1]])
    tilt, neck = np.radians(_SHAFT_ADDUCTION), np.radians(180 - neck_shaft - _SHAFT_ADDUCTION)
    down, neck_up = np.array([np.cos(tilt), np.sin(tilt)]), np.array([-np.cos(neck), np.sin(neck)])
    base = head - _NECK_MM * neck_up
    return FemurAxes(head, _HEAD_MM, head - 0.55 * _NECK_MM * neck_up, base + 45 * down, base + 175 * down)


def _femur(axes: FemurAxes) -> list[_Solid]:
    down = (axes.shaft_lower - axes.shaft_upper) / np.linalg.norm(axes.shaft_lower - axes.shaft_upper)
    outwards = np.array([down[1], -down[0]])
    base = axes.shaft_upper - 45 * down

    def at(along: float, out: float) -> PointMm:
        row, col = base + along * down + out * outwards
        return float(row), float(col)

    head = (float(axes.head[0]), float(axes.head[1]))
    return [
        _Solid(head, head, (_HEAD_MM, _HEAD_MM), 1.2, 0.2),
        _Solid(head, at(2, 0), (15, 20), 2.2, 0.15),
        _Solid(at(-9, 14), at(25, 8), (14, 14), 1.8, 0.12),
        _Solid(at(0, 0), at(70, 0), (22, 14.5), 3.5, 0.08),
        _Solid(at(42, -14), at(62, -9), (8, 7), 2.0, 0.2),
        _Solid(at(55, 0), at(300, 0), (14.5, 13.5), 6.0, 0.02),
    ]


def _pelvis() -> list[_Solid]:
    """The solids of the right half: ilium, acetabular roof, pubic bone, ischium, and half of the sacrum."""
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


def _tissue(plane: _Plane) -> Image:
    """(H, W) ray lengths in soft tissue: a trunk that passes into two thighs."""
    below = 1 / (1 + np.exp(-(plane.rows - _JOINT[0] - 70) / 22))[:, None]
    trunk = 200 * np.sqrt(np.clip(1 - np.square(plane.cols / 205), 0, None))
    thighs = 165 * np.sqrt(np.clip(1 - np.square((np.abs(plane.cols) - 98) / 92), 0, None))
    return np.asarray(trunk * (1 - below) + thighs * below)


def _texture() -> Image:
    """(H, W) relative deviation of the bone's density; without texture, bone would look like metal."""
    random = np.random.default_rng(2)
    fields = [cv2.GaussianBlur(random.normal(size=_SHAPE), (0, 0), sigma) for sigma in _TEXTURE_SIGMAS]
    return np.asarray(sum(_TEXTURE * field / field.std() for field in fields))


def _exposed(attenuation: Image) -> Radiograph:
    """The film with blur and noise; the noise is the same in each call."""
    noise = np.random.default_rng(1).normal(0, 0.015, _SHAPE)
    pixels = cv2.GaussianBlur(attenuation / _WHITE, (0, 0), 1.5) + cv2.GaussianBlur(noise, (0, 0), 0.7)
    spacing = PixelSpacing(_PIXEL_MM, _PIXEL_MM, SpacingSource.CALIBRATED)
    return Radiograph(pixels.astype(np.float32), spacing, view="AP")


def _mirrored(axes: FemurAxes) -> FemurAxes:
    points = (axes.head, axes.neck, axes.shaft_upper, axes.shaft_lower)
    head, neck, upper, lower = (point * [1.0, -1.0] for point in points)
    return FemurAxes(head, axes.radius, neck, upper, lower)


def hip_phantom(neck_shaft: float = 127.0) -> HipPhantom:
    """Both hips: heads of 48 mm, necks at ``neck_shaft`` degrees to the shafts, square pixels of 0.4 mm."""
    rows, cols = (np.arange(size, dtype=np.float64) * _PIXEL_MM for size in _SHAPE)
    middle = float(cols[-1]) / 2
    plane, axes = _Plane(rows, cols - middle), _axes(neck_shaft)
    outer, femur = _bone(_femur(axes), plane)
    half = (femur + _bone(_pelvis(), plane)[1]) * (1 + _texture())
    film = _exposed(_BONE * (half + half[:, ::-1]) + _TISSUE * _tissue(plane))
    mask, shift = outer > _MASK_MM, np.array([0.0, middle])
    return HipPhantom(
        film,
        {"right": axes.shifted(shift), "left": _mirrored(axes).shifted(shift)},
        {"right": mask, "left": mask[:, ::-1]},
    )
