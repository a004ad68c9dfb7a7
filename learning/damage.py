"""Damages of films, so that mask quality is fitted and judged on bad masks too.

A damage takes a film and its masks and returns both: a rotation or a crop changes the masks as it does the film.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.coverings import opacity, overexposed_base, shield, white_hemithorax
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.types import Mask

Damage = Callable[[FilmWithMasks, np.random.Generator], FilmWithMasks]


def _noise(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """Noise of a random grain size."""
    shape, coarse = film.grey.shape, float(rng.uniform(1, 8))
    grain = rng.normal(0, 1, (int(shape[0] / coarse) + 1, int(shape[1] / coarse) + 1)).astype(np.float32)
    strength = rng.uniform(0.05, 0.35)
    return film.with_grey(film.grey + strength * cv2.resize(grain, shape[::-1], interpolation=cv2.INTER_LINEAR))


def _blur(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    width = rng.uniform(0.005, 0.035) * max(film.grey.shape)
    narrower = rng.uniform(0.1, 1)  # breathing blurs mostly along one axis
    return film.with_grey(cv2.GaussianBlur(film.grey, (0, 0), sigmaX=narrower * width, sigmaY=width))


def _overexposure(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(film.grey * rng.uniform(1.3, 3.5))


def _underexposure(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(np.clip(film.grey - rng.uniform(0.2, 0.55), 0, 1) ** rng.uniform(1.0, 2.5))


def _occlusion(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """A plate of one grey over a part of the film."""
    covered = film.grey.copy()
    height, width = (int(side * rng.uniform(0.15, 0.45)) for side in covered.shape)
    top, left = int(rng.integers(covered.shape[0] - height)), int(rng.integers(covered.shape[1] - width))
    covered[top : top + height, left : left + width] = rng.choice([0.0, 0.5, 1.0])
    return film.with_grey(covered)


def _warped(film: FilmWithMasks, matrix: NDArray[np.float64]) -> FilmWithMasks:
    size = film.grey.shape[::-1]

    def mask(each: Mask) -> Mask:
        warped = cv2.warpAffine(each.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
        return np.asarray(warped, dtype=bool)

    turned = cv2.warpAffine(film.grey, matrix, size, flags=cv2.INTER_LINEAR)
    return FilmWithMasks(np.asarray(turned, dtype=np.float32), {name: mask(each) for name, each in film.masks.items()})


def _rotation(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    height, width = film.grey.shape
    degrees = float(rng.choice([-1, 1]) * rng.uniform(8, 60))
    return _warped(film, cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1))


def _crop(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """A part of the film, as after wrong collimation."""
    height, width = film.grey.shape
    rows, cols = int(height * rng.uniform(0.4, 0.85)), int(width * rng.uniform(0.4, 0.85))
    top, left = int(rng.integers(height - rows)), int(rng.integers(width - cols))
    part = slice(top, top + rows), slice(left, left + cols)
    masks = {name: mask[part] for name, mask in film.masks.items()}
    return FilmWithMasks(np.ascontiguousarray(film.grey[part]), masks)


def _inversion(film: FilmWithMasks, _rng: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(1 - film.grey)


def _device(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """Bright boxes, coils and wires, as of pacemakers and electrodes."""
    canvas, size = film.grey.copy(), max(film.grey.shape)

    def place() -> tuple[int, int]:
        return int(rng.integers(film.grey.shape[1])), int(rng.integers(film.grey.shape[0]))

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
    return film.with_grey(canvas)


def _haze(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """Shadows as of effusion and consolidation: parts of the film become as bright as the heart."""
    height, width = film.grey.shape
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    shade = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        row, col = rng.uniform(0.2, 0.95) * height, rng.uniform(0.1, 0.9) * width
        tall, wide = rng.uniform(0.06, 0.25) * height, rng.uniform(0.06, 0.25) * width
        shade = np.maximum(shade, np.exp(-(((rows - row) / tall) ** 2) - ((cols - col) / wide) ** 2))
    shade *= rng.uniform(0.4, 1)
    return film.with_grey(film.grey * (1 - shade) + rng.uniform(0.6, 0.85) * shade)


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
    "opacity": opacity,
    "shield": shield,
    "overexposed base": overexposed_base,
    "white hemithorax": white_hemithorax,
}


def damaged(film: FilmWithMasks, kind: str, seed: tuple[int, ...]) -> FilmWithMasks:
    """The film with one kind of damage; the seed sets its strength and place."""
    return DAMAGES[kind](film, np.random.default_rng(seed))
