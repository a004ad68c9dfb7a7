"""Soft tissue as a thickness map: the trunk, two thighs, the gap between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radcaliper.learning.hip.projector import Picture, Projector


def _lens(across: Picture, half_width: Picture | float, depth: float) -> Picture:
    """Thickness of a body of elliptic section at distances ``across`` from its middle."""
    return np.asarray(2 * depth * np.sqrt(np.clip(1 - np.square(across / half_width), 0, None)), dtype=np.float32)


def _fade(height: Picture, reach: float) -> Picture:
    """0 below -reach to 1 above reach, smoothly."""
    return np.asarray(1 / (1 + np.exp(-3 * np.clip(height / reach, -6, 6))), dtype=np.float32)


@dataclass(frozen=True)
class Body:
    """A patient's soft tissue; lengths in mm, heights above the hip joints."""

    half_width: float
    depth: float
    crotch: float
    thigh: float
    taper: float
    spread: float
    leaning: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> Body:
        """From thin to obese; the thighs reach beyond the trochanters."""
        stout = float(rng.uniform(0, 1))
        return cls(
            float(175 + 60 * stout + rng.normal(0, 8)),
            float(75 + 70 * stout + rng.normal(0, 10)),
            float(rng.uniform(-110, -45)),
            float(95 + 28 * stout + rng.normal(0, 5)),
            float(rng.uniform(0.0, 0.15)),
            float(rng.uniform(-18, 12)),
            float(rng.uniform(-0.1, 0.08)),
        )

    def thickness(self, film: Projector) -> Picture:
        """(rows, cols) thickness of soft tissue in mm."""
        rows, cols = np.indices((film.rows, film.cols), dtype=np.float32)
        step = film.pixel / film.magnification
        x = film.middle[0] + (cols - (film.cols - 1) / 2) * step
        z = film.middle[1] - (rows - (film.rows - 1) / 2) * step
        trunk = _lens(x, self.half_width * (1 - 0.0006 * z), self.depth) * _fade(z - self.crotch, 60)
        down = np.clip(self.crotch + 60 - z, 0, None)
        thighs = np.zeros_like(trunk)
        for side in (-1, 1):
            middle = side * (self.thigh + self.spread - self.leaning * down)
            half = np.maximum(self.thigh - self.taper * down, 45)
            thighs += _lens(x - middle, half, self.thigh * 0.85) * _fade(self.crotch + 70 - z, 80)
        return np.asarray(np.power(np.power(trunk, 4) + np.power(thighs, 4), 0.25), dtype=np.float32)
