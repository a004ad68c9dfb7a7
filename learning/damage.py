"""Damages of films, so that mask quality is fitted and judged on bad masks too.

A damage takes a film and its masks and returns both: a rotation or a crop changes the masks as it does the film.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.coverings import device, occlusion, opacity, overexposed_base, shield, white_hemithorax
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.types import Mask

Damage = Callable[[FilmWithMasks, np.random.Generator], FilmWithMasks]


def _noise(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """Noise of a random grain size."""
    shape, coarse = film.grey.shape, float(rng.uniform(1, 8))
    grain = rng.normal(0, 1, (int(shape[0] / coarse) + 1, int(shape[1] / coarse) + 1)).astype(np.float32)
    strength = rng.uniform(0.05, 0.2)
    return film.with_grey(film.grey + strength * cv2.resize(grain, shape[::-1], interpolation=cv2.INTER_LINEAR))


def _blur(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    width = rng.uniform(0.005, 0.035) * max(film.grey.shape)
    narrower = rng.uniform(0.1, 1)  # breathing blurs mostly along one axis
    return film.with_grey(cv2.GaussianBlur(film.grey, (0, 0), sigmaX=narrower * width, sigmaY=width))


def _overexposure(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(film.grey * rng.uniform(1.3, 2.2))


def _underexposure(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(np.clip(film.grey - rng.uniform(0.3, 0.65), 0, 1) ** rng.uniform(1.0, 2.5))


def warped(film: FilmWithMasks, matrix: NDArray[np.float64]) -> FilmWithMasks:
    """The film with its masks under a 2 x 3 affine matrix, as OpenCV's, at its own size."""
    size = film.grey.shape[::-1]

    def mask(each: Mask) -> Mask:
        warped = cv2.warpAffine(each.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
        return np.asarray(warped, dtype=bool)

    turned = cv2.warpAffine(film.grey, matrix, size, flags=cv2.INTER_LINEAR)
    return FilmWithMasks(np.asarray(turned, dtype=np.float32), {name: mask(each) for name, each in film.masks.items()})


def _rotation(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    height, width = film.grey.shape
    degrees = float(rng.choice([-1, 1]) * rng.uniform(5, 25))
    return warped(film, cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1))


def _crop(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """A part of the film, as after wrong collimation."""
    height, width = film.grey.shape
    rows, cols = int(height * rng.uniform(0.55, 0.9)), int(width * rng.uniform(0.55, 0.9))
    top, left = int(rng.integers(height - rows)), int(rng.integers(width - cols))
    part = slice(top, top + rows), slice(left, left + cols)
    masks = {name: mask[part] for name, mask in film.masks.items()}
    return FilmWithMasks(np.ascontiguousarray(film.grey[part]), masks)


DAMAGES: Final[dict[str, Damage]] = {
    "noise": _noise,
    "blur": _blur,
    "overexposure": _overexposure,
    "underexposure": _underexposure,
    "occlusion": occlusion,
    "rotation": _rotation,
    "crop": _crop,
    "device": device,
    "opacity": opacity,
    "shield": shield,
    "overexposed base": overexposed_base,
    "white hemithorax": white_hemithorax,
}


def damaged(film: FilmWithMasks, kind: str, seed: tuple[int, ...]) -> FilmWithMasks:
    """The film with one kind of damage; the seed sets its strength and place."""
    return DAMAGES[kind](film, np.random.default_rng(seed))
