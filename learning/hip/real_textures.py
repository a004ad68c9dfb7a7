"""Make simulated films look like real ones: amplitudes, histograms and fine texture of real hip and pelvis films."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.exposure import match_histograms

from radcaliper.learning.hip.projector import Picture

_AMPLITUDE, _HISTOGRAM, _TEXTURE = 0.5, 0.35, 0.3
"""Shares of the films that take each from a real one."""
_PERCENTILES: Final = (1.0, 99.0)


def read_real_films(data: Path) -> tuple[NDArray[np.uint8], ...]:
    """All real hip and pelvis films under ``data``, (H, W) each; none of their labels is read."""
    hip, other = data / "hip", data / "other_views"
    kinds = pd.read_csv(other / "films.csv")
    pelves = [next(other.rglob(name)) for name in kinds.image[kinds.kind == "infant_pelvis"]]
    paths = [*sorted((hip / "real_bonebreak" / "images").glob("*.jpg")), *sorted((hip / "real").glob("*.jpg")), *pelves]
    return tuple(np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8) for path in paths)


def _rescaled(grey: Picture) -> Picture:
    low, high = np.percentile(grey, _PERCENTILES)
    return np.asarray(np.clip((grey - low) / max(high - low, 1e-3), 0, 1), dtype=np.float32)


def with_amplitudes(grey: Picture, real: Picture, share: float, reach: float) -> Picture:
    """``grey`` (S, S) with a share of the Fourier amplitudes of ``real`` (S, S), up to ``reach`` cycles a pixel.

    The phases, and with them where things are, stay (Xu et al. 2021, Yang and Soatto 2020).
    """
    own, other = np.fft.rfft2(grey), np.fft.rfft2(real)
    size = grey.shape[0]
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    weight = share * (frequency <= reach)
    amplitude = (1 - weight) * np.abs(own) + weight * np.abs(other)
    return np.asarray(np.fft.irfft2(amplitude * np.exp(1j * np.angle(own)), grey.shape), dtype=np.float32)


@dataclass(frozen=True)
class RealTextures:
    """What is taken from ``films`` (uint8, any size) and put into simulated ones; nothing if there are none."""

    films: tuple[NDArray[np.uint8], ...]

    def _part(self, size: int, rng: np.random.Generator) -> Picture:
        """(size, size) somewhere on one of the films, from all of it to a third of its shorter side; some mirrored."""
        film = self.films[rng.integers(len(self.films))]
        shorter = min(film.shape)
        side = int(rng.uniform(0.35, 1.0) * shorter)
        row, col = (int(rng.integers(length - side + 1)) for length in film.shape)
        part = film[row : row + side, col : col + side]
        part = part[:, ::-1] if rng.random() < 0.5 else part
        scaled = cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=cv2.INTER_AREA)
        return _rescaled(scaled.astype(np.float32))

    def mixed_into(self, grey: Picture, rng: np.random.Generator) -> Picture:
        """The (S, S) film in [0, 1] with what is taken from up to three parts of real films."""
        if not self.films:
            return grey
        size, film = grey.shape[0], grey
        if rng.random() < _AMPLITUDE:
            reach = float(rng.choice([rng.uniform(0.005, 0.05), 1.0]))
            film = with_amplitudes(film, self._part(size, rng), float(rng.uniform(0.1, 0.7)), reach)
        if rng.random() < _HISTOGRAM:
            matched = match_histograms(film, self._part(size, rng))
            share = float(rng.uniform(0.3, 1.0))
            film = np.asarray((1 - share) * film + share * matched, dtype=np.float32)
        if rng.random() < _TEXTURE:
            real = self._part(size, rng)
            fine = real - cv2.GaussianBlur(real, (0, 0), float(rng.uniform(1.5, 5)))
            film = film + np.float32(rng.uniform(0.2, 0.9)) * fine
        return grey if film is grey else _rescaled(film)
