"""Tubes drawn into whole films with fixed seeds, for calibration and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.anatomy import Anatomy
from radcaliper.learning.chest.tubes.lines import DrawnLine, paint
from radcaliper.learning.chest.tubes.scene import random_scene
from radcaliper.measurements.tubes.course import path_length
from radcaliper.models.tubes.channels import REPORTED

_DIMMED = np.float32(0.9)
_LEAST_MM = 25.0


@dataclass(frozen=True)
class DrawnFilm:
    """A film (H, W) in [0, 1] with tubes drawn into it, the visible ones of these by kind, and its anatomy.

    ``film`` names the film that was drawn into, ``name`` the scene.
    """

    film: str
    name: str
    grey: NDArray[np.float32]
    tubes: dict[str, tuple[DrawnLine, ...]]
    anatomy: Anatomy


def inside(path: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which places of a course lie on the film."""
    return np.asarray(((path >= 0) & (path <= np.array(shape) - 1)).all(axis=1))


def _is_visible(line: DrawnLine, anatomy: Anatomy, shape: tuple[int, int]) -> bool:
    path = line.path[inside(line.path, shape)]
    return len(path) > 2 and path_length(path) > _LEAST_MM * anatomy.mm


def drawn_films(name: str, grey: NDArray[np.float32], anatomy: Anatomy, numbers: Iterable[int]) -> Iterator[DrawnFilm]:
    """The scenes of these numbers over one film, seeded by its name; some of them without any tube."""
    shape = (grey.shape[0], grey.shape[1])
    for number in numbers:
        seed = int(sha256(f"{name} {number}".encode()).hexdigest()[:16], 16)
        scene = random_scene(anatomy, shape, np.random.default_rng(seed))
        blur = scene.blur * max(shape) / 640
        drawn = np.clip(paint(grey * _DIMMED, scene.lines, scene.spots, blur), 0, 1)
        tubes = {kind: tuple(t for t in scene.of(kind) if _is_visible(t, anatomy, shape)) for kind in REPORTED}
        yield DrawnFilm(name, f"{name} {number}", drawn, tubes, anatomy)
