"""Damages that cover part of a film: what is bright or dark hides the borders of lungs and heart.

What covers a film is put over an outline, where it does harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.types import Mask

Weights = NDArray[np.float32]
"""(H, W) shares, 0 to 1, by which each pixel is covered."""


def _outline_place(film: FilmWithMasks, rng: np.random.Generator) -> tuple[float, float]:
    """(row, col) near the outline of one of the large masks; anywhere on a film whose masks are all empty."""
    names = [name for name in film.masks if name.endswith(("lung", "heart")) and film.masks[name].any()]
    height, width = film.grey.shape
    if not names:
        return float(rng.uniform(0, height)), float(rng.uniform(0, width))
    whole = film.masks[names[int(rng.integers(len(names)))]].astype(np.uint8)
    rows, cols = np.nonzero(whole - cv2.erode(whole, np.ones((3, 3), np.uint8)))
    place = int(rng.integers(len(rows)))
    jitter = rng.normal(0, 0.03 * max(height, width), 2)
    return float(rows[place] + jitter[0]), float(cols[place] + jitter[1])


@dataclass(frozen=True)
class _Ellipse:
    """A tilted ellipse with soft edges; ``softness`` is the share of its radii over which the edge fades."""

    row: float
    col: float
    tall: float
    wide: float
    radians: float
    softness: float

    def weights(self, shape: tuple[int, int]) -> Weights:
        """How far each pixel lies within, 0 to 1."""
        rows, cols = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        down, across = rows - self.row, cols - self.col
        along = down * np.cos(self.radians) + across * np.sin(self.radians)
        beside = across * np.cos(self.radians) - down * np.sin(self.radians)
        distance = np.hypot(along / self.tall, beside / self.wide)
        return np.asarray(np.clip((1 - distance) / self.softness + 0.5, 0, 1), dtype=np.float32)


def _ellipse(film: FilmWithMasks, rng: np.random.Generator) -> _Ellipse:
    side = max(film.grey.shape)
    tall, wide = (float(side * rng.uniform(0.08, 0.28)) for _ in range(2))
    return _Ellipse(*_outline_place(film, rng), tall, wide, float(rng.uniform(0, np.pi)), float(rng.uniform(0.05, 0.6)))


def _tissue(film: FilmWithMasks, rng: np.random.Generator) -> float:
    """The grey of dense tissue on this film, up to that of its brightest part."""
    return float(np.quantile(film.grey, rng.uniform(0.75, 1)))


def _covered(film: FilmWithMasks, weights: NDArray[np.floating], grey: float) -> FilmWithMasks:
    return film.with_grey(film.grey * (1 - weights) + grey * weights)


def occlusion(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """A plate of one grey over a part of the film."""
    covered = film.grey.copy()
    height, width = (int(side * rng.uniform(0.15, 0.45)) for side in covered.shape)
    top, left = int(rng.integers(covered.shape[0] - height)), int(rng.integers(covered.shape[1] - width))
    covered[top : top + height, left : left + width] = rng.choice([0.0, 0.5, 1.0])
    return film.with_grey(covered)


def device(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """Bright boxes, discs and wires over an outline, as of pacemakers and electrodes."""
    canvas, size = film.grey.copy(), max(film.grey.shape)

    def place() -> tuple[int, int]:
        row, col = _outline_place(film, rng)
        return int(col), int(row)

    for _ in range(int(rng.integers(3, 8))):
        kind, bright = int(rng.integers(3)), float(rng.uniform(0.75, 1))
        if kind == 0:
            axes = (int(size * rng.uniform(0.04, 0.14)), int(size * rng.uniform(0.04, 0.14)))
            cv2.ellipse(canvas, place(), axes, float(rng.uniform(0, 180)), 0, 360, bright, -1)
        elif kind == 1:
            path = np.cumsum(np.vstack([place(), rng.normal(0, 0.08 * size, (12, 2))]), axis=0).astype(np.int32)
            cv2.polylines(canvas, [path], False, bright, max(1, int(size * rng.uniform(0.003, 0.012))))
        else:
            middle, half = np.array(place()), rng.integers(size // 30, size // 7, 2)
            cv2.rectangle(canvas, middle - half, middle + half, bright, -1)
    return film.with_grey(canvas)


def opacity(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """One or two opacities, as of consolidation, masses and fluid: as bright as the heart or brighter."""
    weights = np.zeros(film.grey.shape, np.float32)
    for _ in range(int(rng.integers(1, 3))):
        weights = np.maximum(weights, _ellipse(film, rng).weights(film.grey.shape))
    return _covered(film, weights * rng.uniform(0.85, 1), _tissue(film, rng))


def shield(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """A shield or plate with straight edges, mostly white: all that lies beyond an edge, or a tilted rectangle."""
    height, width = film.grey.shape
    row, col = _outline_place(film, rng)
    covered = np.zeros((height, width), np.uint8)
    if rng.uniform() < 0.4:
        radians = float(rng.choice([0, np.pi / 2, np.pi]) + rng.normal(0, 0.3))  # from below or from a side
        rows, cols = np.mgrid[:height, :width]
        covered[(rows - row) * np.cos(radians) + (cols - col) * np.sin(radians) > 0] = 1
    else:
        size = [float(max(height, width) * rng.uniform(0.2, 0.55)) for _ in range(2)]
        corners = cv2.boxPoints(((col, row), (size[0], size[1]), float(rng.uniform(0, 90))))
        cv2.fillPoly(covered, [np.round(corners).astype(np.int32)], 1)
    return _covered(film, covered * rng.uniform(0.9, 1), 0.0 if rng.uniform() < 0.2 else float(rng.uniform(0.85, 1)))


def overexposed_base(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """The film fades to white or black from a level in the lungs downwards."""
    height = film.grey.shape[0]
    levels = [np.flatnonzero(mask.any(axis=1)) for mask in film.masks.values() if mask.any()]
    bottom = max((int(rows[-1]) for rows in levels), default=height - 1)
    start, fade = bottom - rng.uniform(0.2, 0.6) * height, rng.uniform(0.02, 0.3) * height
    ramp = np.clip((np.arange(height) - start) / fade, 0, 1)[:, None]
    grey = 1.0 if rng.uniform() < 0.7 else 0.0
    return _covered(film, ramp * rng.uniform(0.9, 1), grey)


def _one_lung(film: FilmWithMasks, rng: np.random.Generator) -> Mask:
    names = [name for name in film.masks if name.endswith("lung")] or list(film.masks)
    return film.masks[names[int(rng.integers(len(names)))]]


def white_hemithorax(film: FilmWithMasks, rng: np.random.Generator) -> FilmWithMasks:
    """One lung is as bright as the heart, whole or from a level downwards, as of fluid or collapse."""
    lung, side = _one_lung(film, rng), max(film.grey.shape)
    outlines, _ = cv2.findContours(lung.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    white = np.zeros(film.grey.shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(white, [cv2.convexHull(outline).astype(np.int32)], 1)
    if rng.uniform() < 0.3 and lung.any():
        rows = np.flatnonzero(lung.any(axis=1))
        white[: int(rows[0] + rng.uniform(0.1, 0.6) * len(rows))] = 0
    reach = max(1, int(side * rng.uniform(0.005, 0.03)))
    white = np.asarray(cv2.dilate(white, np.ones((reach, reach), np.uint8)))
    weights = cv2.GaussianBlur(white.astype(np.float32), (0, 0), side * rng.uniform(0.004, 0.02))
    return _covered(film, weights * rng.uniform(0.9, 1), _tissue(film, rng))
