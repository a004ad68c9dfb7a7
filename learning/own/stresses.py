"""Stresses of a film, each from none to much: what a machine, a hurry or a file may do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np

from radcaliper.learning.coverings import device
from radcaliper.learning.damage import warped
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.types import Mask

_QUARTER: Final = 90
"""Degrees by which a film is turned as a whole, as one that was filed on its side."""

Apply = Callable[[FilmWithMasks, float, np.random.Generator], FilmWithMasks]


@dataclass(frozen=True)
class Stress:
    """One stress: what its levels mean, the levels from little to much, and what it does to a film.

    ``needs`` names the structures that must be labelled for it.
    """

    name: str
    level: str
    levels: tuple[float, ...]
    apply: Apply
    needs: tuple[str, ...] = ()


def _noise(film: FilmWithMasks, level: float, rng: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(film.grey + rng.normal(0, level, film.grey.shape))


def _blur(film: FilmWithMasks, level: float, _: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(cv2.GaussianBlur(film.grey, (0, 0), level * max(film.grey.shape)))


def _over(film: FilmWithMasks, level: float, _: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(film.grey * level)


def _under(film: FilmWithMasks, level: float, _: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(film.grey - level)


def _turn(film: FilmWithMasks, level: float, _: np.random.Generator) -> FilmWithMasks:
    """Turned against the clock: whole by a quarter, else within its own frame, which cuts corners off."""
    if level == _QUARTER:
        masks = {name: np.ascontiguousarray(np.rot90(mask)) for name, mask in film.masks.items()}
        return FilmWithMasks(np.ascontiguousarray(np.rot90(film.grey)), masks)
    height, width = film.grey.shape
    return warped(film, np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), level, 1)))


def _crop(film: FilmWithMasks, level: float, rng: np.random.Generator) -> FilmWithMasks:
    """A border of ``level`` of the side is cut off, unevenly on opposite sides."""
    height, width = film.grey.shape
    rows, cols = round(level * height), round(level * width)
    top, left = int(rng.integers(rows + 1)), int(rng.integers(cols + 1))
    part = slice(top, height - rows + top), slice(left, width - cols + left)
    masks = {name: np.ascontiguousarray(mask[part]) for name, mask in film.masks.items()}
    return FilmWithMasks(np.ascontiguousarray(film.grey[part]), masks)


def _resolution(film: FilmWithMasks, level: float, _: np.random.Generator) -> FilmWithMasks:
    """The longest side has ``level`` pixels."""
    height, width = film.grey.shape
    scale = level / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC

    def mask(each: Mask) -> Mask:
        return np.asarray(cv2.resize(each.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5)

    grey = np.clip(cv2.resize(film.grey, size, interpolation=how), 0, 1).astype(np.float32)
    return FilmWithMasks(grey, {name: mask(each) for name, each in film.masks.items()})


def _jpeg(film: FilmWithMasks, level: float, _: np.random.Generator) -> FilmWithMasks:
    eight = (film.grey * 255).astype(np.uint8)
    content = cv2.imencode(".jpg", eight, (cv2.IMWRITE_JPEG_QUALITY, int(level)))[1]
    return film.with_grey(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255)


def _inverted(film: FilmWithMasks, _: float, __: np.random.Generator) -> FilmWithMasks:
    return film.with_grey(1 - film.grey)


def _devices(film: FilmWithMasks, level: float, rng: np.random.Generator) -> FilmWithMasks:
    for _ in range(int(level)):
        film = device(film, rng)
    return film


def _masked_out(
    film: FilmWithMasks, level: float, _: np.random.Generator, structures: tuple[str, ...]
) -> FilmWithMasks:
    """The upper ``level`` of the structures replaced by the grey around them: what is not there cannot be found."""
    hidden = np.zeros(film.grey.shape, bool)
    for name in structures:
        rows = np.flatnonzero(film.masks[name].any(axis=1))
        last = rows[0] + round(level * (rows[-1] - rows[0] + 1))
        hidden[:last] |= film.masks[name][:last]
    around = cv2.dilate(hidden.astype(np.uint8), np.ones((15, 15), np.uint8)).astype(bool) & ~hidden
    grey = film.grey.copy()
    grey[hidden] = float(np.median(film.grey[around])) if around.any() else 0.5
    return film.with_grey(cv2.GaussianBlur(grey, (0, 0), 1.5))


def _hiding(name: str, words: str, structure: str) -> Stress:
    return Stress(name, words, (0.25, 0.5, 1), partial(_masked_out, structures=(structure,)), (structure,))


STRESSES: Final = (
    Stress("noise", "standard deviation, of the film's range", (0.02, 0.05, 0.1, 0.2, 0.4), _noise),
    Stress("blur", "standard deviation, of the film's side", (0.002, 0.005, 0.01, 0.02, 0.04), _blur),
    Stress("overexposure", "grey times", (1.2, 1.5, 2, 3), _over),
    Stress("underexposure", "grey less, of the film's range", (0.1, 0.2, 0.35, 0.5, 0.65), _under),
    Stress("turn", "degrees", (3, 6, 12, 25, 45, 90), _turn),
    Stress("crop", "cut off, of the side", (0.05, 0.1, 0.2, 0.3, 0.4), _crop),
    Stress("resolution", "pixels of the longer side", (128, 256, 512, 1024, 2048, 4096), _resolution),
    Stress("jpeg", "quality", (90, 50, 20, 10, 5), _jpeg),
    Stress("inversion", "bone dark", (1,), _inverted),
    Stress("devices", "devices drawn in", (1, 2, 4, 8), _devices),
    _hiding("lung masked out", "part of the right lung", "right_lung"),
    _hiding("heart masked out", "part of the heart", "heart"),
)
