"""Films made worse on purpose, so that bad masks are among those that quality learns from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]


def _noise(film: Grey, rng: np.random.Generator) -> Grey:
    return np.asarray(film + rng.normal(0, rng.uniform(0.05, 0.3), film.shape), dtype=np.float32)


def _blur(film: Grey, rng: np.random.Generator) -> Grey:
    return np.asarray(cv2.GaussianBlur(film, (0, 0), rng.uniform(0.005, 0.03) * max(film.shape)), dtype=np.float32)


def _overexposure(film: Grey, rng: np.random.Generator) -> Grey:
    return np.asarray(np.clip(film * rng.uniform(1.3, 3.0), 0, 1), dtype=np.float32)


def _underexposure(film: Grey, rng: np.random.Generator) -> Grey:
    return np.asarray(np.clip(film - rng.uniform(0.2, 0.5), 0, 1) ** rng.uniform(1.0, 2.5), dtype=np.float32)


def _occlusion(film: Grey, rng: np.random.Generator) -> Grey:
    covered = film.copy()
    height, width = (int(side * rng.uniform(0.15, 0.4)) for side in film.shape)
    top, left = int(rng.integers(film.shape[0] - height)), int(rng.integers(film.shape[1] - width))
    covered[top : top + height, left : left + width] = rng.choice([0.0, 1.0])
    return covered


_DAMAGES = (_noise, _blur, _overexposure, _underexposure, _occlusion)


def damaged(film: Grey, seed: int) -> Grey:
    """The (H, W) film in [0, 1] with one kind of damage, chosen and dosed by the seed; outlines stay where they are."""
    rng = np.random.default_rng(seed)
    worse = _DAMAGES[int(rng.integers(len(_DAMAGES)))](film, rng)
    return np.asarray(np.clip(worse, 0, 1), dtype=np.float32)
