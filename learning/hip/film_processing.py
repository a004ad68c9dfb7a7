"""From line integrals to a film: scatter, noise, processing, film curve, gas, skin folds, belongings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.projector import Picture
from radcaliper.learning.hip.worn_objects import clothing, screws
from radcaliper.models.inference.normalize import scale_grey

Range = tuple[float, float]
_TISSUE_PER_MM: Final = 0.02
_BONE_PER_MM: Final = 0.042
"""Attenuation of soft tissue, and of cortical bone beyond it, at about 75 kV."""


@dataclass(frozen=True)
class DarkroomRanges:
    """From what range each film's processing is drawn.

    ``contrast`` of bone against soft tissue; ``scatter`` against primary rays; ``levelling``, the share of slow
    changes that processing takes away; ``gamma`` as its logarithm; ``noise`` of grey values; ``blur`` in pixels;
    ``sharpening``; ``folds`` and ``gas`` as the most of each.
    """

    contrast: Range = (0.5, 1.3)
    scatter: Range = (0.1, 1.2)
    levelling: Range = (0.0, 0.75)
    gamma: Range = (-0.5, 0.6)
    noise: Range = (0.0, 0.04)
    blur: Range = (0.0, 1.2)
    sharpening: Range = (0.0, 1.5)
    folds: int = 5
    gas: int = 9


TRAINING: Final = DarkroomRanges()
EVALUATION: Final = DarkroomRanges(
    contrast=(0.4, 0.9),
    scatter=(0.6, 1.5),
    levelling=(0.3, 0.85),
    gamma=(-0.7, 0.7),
    noise=(0.02, 0.05),
    blur=(0.3, 1.0),
    sharpening=(0.5, 2.0),
    folds=8,
    gas=14,
)
"""Settings for judging: other ranges, low contrast and noise oftener, more folds and gas."""


def _smooth(picture: Picture, sigma: float) -> Picture:
    """A wide blur, done at a quarter of the size."""
    height, width = picture.shape
    small = cv2.resize(picture, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / 4, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _gas(shape: tuple[int, int], count: int, rng: np.random.Generator) -> Picture:
    """(H, W) mm of air in the bowel: blurred bubbles in the upper middle."""
    air = np.zeros(shape, np.float32)
    size = max(shape)
    for _ in range(count):
        place = rng.normal((0.5, 0.28), (0.2, 0.2)) * shape[::-1]
        axes = rng.uniform(0.008, 0.06, 2) * size
        bubble = np.zeros(shape, np.float32)
        cv2.ellipse(
            bubble,
            tuple(map(int, place)),
            tuple(map(int, axes + 1)),
            float(rng.uniform(0, 180)),
            0,
            360,
            1.0,
            cv2.FILLED,
        )
        air += float(rng.uniform(5, 35)) * cv2.GaussianBlur(bubble, (0, 0), float(rng.uniform(0.003, 0.015)) * size)
    return air


def _folds(shape: tuple[int, int], count: int, rng: np.random.Generator) -> Picture:
    """(H, W) mm that skin folds add or take away: steps and lines along bent curves anywhere."""
    rows, cols = np.indices(shape, dtype=np.float32) / max(shape)
    change = np.zeros(shape, np.float32)
    for _ in range(count):
        angle, bend = float(rng.uniform(0, np.pi)), float(rng.normal(0, 0.8))
        row, col = rows - float(rng.uniform(0.1, 0.9)), cols - float(rng.uniform(0.1, 0.9))
        across = row * np.cos(angle) + col * np.sin(angle)
        along = col * np.cos(angle) - row * np.sin(angle)
        off = (across - bend * np.square(along)) / float(rng.uniform(0.004, 0.02))
        profile = np.exp(-np.square(off)) if rng.random() < 0.5 else (off > 0) * np.exp(-0.1 * np.clip(off, 0, 60))
        ends = np.exp(-np.square(along / float(rng.uniform(0.1, 0.4))) / 2)
        change += float(rng.normal(0, 12)) * profile * ends
    return change


def develop(
    bone: Picture, tissue: Picture, inside: NDArray[np.bool_], ranges: DarkroomRanges, rng: np.random.Generator
) -> Picture:
    """(H, W) grey in [0, 1] as the networks see a film, bone bright, from lengths of bone and soft tissue in mm.

    ``inside`` is where the film is; the rest of the picture is 0.
    """

    def some(limits: Range) -> float:
        return float(rng.uniform(*limits))

    soft = tissue + _folds(bone.shape, int(rng.integers(ranges.folds + 1)), rng)
    soft -= np.minimum(_gas(bone.shape, int(rng.integers(ranges.gas + 1)), rng), 0.6 * np.clip(soft, 0, None))
    soft += clothing(bone.shape, rng)
    hard = some(ranges.contrast) * bone + screws(bone.shape, rng)
    primary = np.exp(-_TISSUE_PER_MM * np.clip(soft, 0, None) - _BONE_PER_MM * hard)
    size = max(bone.shape)
    rays = primary + some(ranges.scatter) * _smooth(primary, 0.12 * size)
    film = -np.log(np.clip(rays, 1e-4, None)).astype(np.float32)
    film -= some(ranges.levelling) * _smooth(film, 0.1 * size)
    film += some(ranges.sharpening) * (film - cv2.GaussianBlur(film, (0, 0), 0.012 * size))
    blur = some(ranges.blur)
    if blur > 0.2:
        film = cv2.GaussianBlur(film, (0, 0), blur)
    low, high = np.percentile(film[inside], (1, 99))
    grey = scale_grey(film, float(low), float(high))
    curved = np.power(grey, np.float32(np.exp(some(ranges.gamma))))
    grain = rng.normal(0, 1, bone.shape).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.7) * 2 if rng.random() < 0.5 else grain
    return np.asarray(np.clip(curved + some(ranges.noise) * grain, 0, 1) * inside, dtype=np.float32)
