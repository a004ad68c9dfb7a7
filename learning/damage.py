"""Films made worse on purpose, so that bad masks are among those that quality learns from and is judged by.

A damage takes a film in [0, 1] and its masks and gives both back: what turns or cuts the film does so to its masks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask

Grey = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Picture:
    """A film in [0, 1] and the masks that are known of it, all (H, W)."""

    grey: Grey
    masks: dict[str, Mask]

    def with_grey(self, grey: NDArray[np.floating]) -> Picture:
        """The same masks on another film."""
        return replace(self, grey=np.clip(grey, 0, 1).astype(np.float32))


Damage = Callable[[Picture, np.random.Generator], Picture]


def _noise(picture: Picture, rng: np.random.Generator) -> Picture:
    """Grain of one of several sizes."""
    shape, coarse = picture.grey.shape, float(rng.uniform(1, 8))
    grain = rng.normal(0, 1, (int(shape[0] / coarse) + 1, int(shape[1] / coarse) + 1)).astype(np.float32)
    strength = rng.uniform(0.05, 0.35)
    return picture.with_grey(picture.grey + strength * cv2.resize(grain, shape[::-1], interpolation=cv2.INTER_LINEAR))


def _blur(picture: Picture, rng: np.random.Generator) -> Picture:
    width = rng.uniform(0.005, 0.035) * max(picture.grey.shape)
    moved = rng.uniform(0.1, 1)  # a breath moves the film one way
    return picture.with_grey(cv2.GaussianBlur(picture.grey, (0, 0), sigmaX=moved * width, sigmaY=width))


def _overexposure(picture: Picture, rng: np.random.Generator) -> Picture:
    return picture.with_grey(picture.grey * rng.uniform(1.3, 3.5))


def _underexposure(picture: Picture, rng: np.random.Generator) -> Picture:
    return picture.with_grey(np.clip(picture.grey - rng.uniform(0.2, 0.55), 0, 1) ** rng.uniform(1.0, 2.5))


def _occlusion(picture: Picture, rng: np.random.Generator) -> Picture:
    """A plate over a part of the film."""
    covered = picture.grey.copy()
    height, width = (int(side * rng.uniform(0.15, 0.45)) for side in covered.shape)
    top, left = int(rng.integers(covered.shape[0] - height)), int(rng.integers(covered.shape[1] - width))
    covered[top : top + height, left : left + width] = rng.choice([0.0, 0.5, 1.0])
    return picture.with_grey(covered)


def _warped(picture: Picture, matrix: NDArray[np.float64]) -> Picture:
    size = picture.grey.shape[::-1]

    def mask(each: Mask) -> Mask:
        warped = cv2.warpAffine(each.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
        return np.asarray(warped, dtype=bool)

    turned = cv2.warpAffine(picture.grey, matrix, size, flags=cv2.INTER_LINEAR)
    return Picture(np.asarray(turned, dtype=np.float32), {name: mask(each) for name, each in picture.masks.items()})


def _rotation(picture: Picture, rng: np.random.Generator) -> Picture:
    height, width = picture.grey.shape
    degrees = float(rng.choice([-1, 1]) * rng.uniform(8, 60))
    return _warped(picture, cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1))


def _crop(picture: Picture, rng: np.random.Generator) -> Picture:
    """A part of the film, as of a wrong collimation."""
    height, width = picture.grey.shape
    rows, cols = int(height * rng.uniform(0.4, 0.85)), int(width * rng.uniform(0.4, 0.85))
    top, left = int(rng.integers(height - rows)), int(rng.integers(width - cols))
    part = slice(top, top + rows), slice(left, left + cols)
    masks = {name: mask[part] for name, mask in picture.masks.items()}
    return Picture(np.ascontiguousarray(picture.grey[part]), masks)


def _inversion(picture: Picture, _rng: np.random.Generator) -> Picture:
    return picture.with_grey(1 - picture.grey)


def _device(picture: Picture, rng: np.random.Generator) -> Picture:
    """Bright boxes, coils and wires, as of pacemakers and electrodes."""
    canvas, size = picture.grey.copy(), max(picture.grey.shape)

    def place() -> tuple[int, int]:
        return int(rng.integers(picture.grey.shape[1])), int(rng.integers(picture.grey.shape[0]))

    for _ in range(int(rng.integers(2, 8))):
        kind, bright = int(rng.integers(3)), float(rng.uniform(0.75, 1))
        if kind == 0:
            axes = (int(size * rng.uniform(0.03, 0.12)), int(size * rng.uniform(0.03, 0.12)))
            cv2.ellipse(canvas, place(), axes, float(rng.uniform(0, 180)), 0, 360, bright, -1)
        elif kind == 1:
            path = np.cumsum(np.vstack([place(), rng.normal(0, 0.08 * size, (12, 2))]), axis=0).astype(np.int32)
            cv2.polylines(canvas, [path], False, bright, max(1, int(size * rng.uniform(0.003, 0.012))))
        else:
            corner = np.array(place())
            cv2.rectangle(canvas, corner, corner + rng.integers(size // 20, size // 4, 2), bright, -1)
    return picture.with_grey(canvas)


def _haze(picture: Picture, rng: np.random.Generator) -> Picture:
    """Shadows as of effusion and consolidation: part of the lungs grows as bright as the heart."""
    height, width = picture.grey.shape
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    shade = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        row, col = rng.uniform(0.2, 0.95) * height, rng.uniform(0.1, 0.9) * width
        tall, wide = rng.uniform(0.06, 0.25) * height, rng.uniform(0.06, 0.25) * width
        shade = np.maximum(shade, np.exp(-(((rows - row) / tall) ** 2) - ((cols - col) / wide) ** 2))
    shade *= rng.uniform(0.4, 1)
    return picture.with_grey(picture.grey * (1 - shade) + rng.uniform(0.6, 0.85) * shade)


DAMAGES: Final[dict[str, Damage]] = {
    "noise": _noise,
    "blur": _blur,
    "overexposure": _overexposure,
    "underexposure": _underexposure,
    "occlusion": _occlusion,
    "rotation": _rotation,
    "crop": _crop,
    "inversion": _inversion,
    "device": _device,
    "haze": _haze,
}


def damaged(picture: Picture, kind: str, seed: tuple[int, ...]) -> Picture:
    """The picture with one kind of damage, dosed by the seed."""
    return DAMAGES[kind](picture, np.random.default_rng(seed))
