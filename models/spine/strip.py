"""A curved spine as a straight strip: resample a film along a centreline, and transform points back.

The strip has one scale along and across, so vertebrae keep their shape; only the bend is removed. Its rows run
along the centreline from the top, its columns across it, to the image's right.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, make_smoothing_spline

from radcaliper.measurements.geometry import Places


@dataclass(frozen=True)
class Strip:
    """A strip's position on the film: (rows, 2) middles, (rows, 2) unit steps across, and film pixels a step."""

    middles: Places
    across: Places
    step: float
    cols: int

    @property
    def rows(self) -> int:
        """Length of the strip in its own pixels."""
        return len(self.middles)

    def to_film(self, places: Places) -> Places:
        """(N, 2) places in the strip, as (row, col) with fractions, to places on the film."""
        row = np.clip(places[:, 0], 0, self.rows - 1)
        index = np.arange(self.rows)
        middle = np.stack([np.interp(row, index, self.middles[:, axis]) for axis in (0, 1)], axis=1)
        across = np.stack([np.interp(row, index, self.across[:, axis]) for axis in (0, 1)], axis=1)
        beyond = (places[:, 0] - row)[:, None] * np.stack([across[:, 1], -across[:, 0]], axis=1)
        offset = (places[:, 1] - (self.cols - 1) / 2)[:, None]
        return np.asarray(middle + self.step * (offset * across + beyond))

    def from_film(self, points: Places) -> Places:
        """(N, 2) places on the film to places in the strip: the nearest row, refined along the row's direction."""
        offsets = points[:, None] - self.middles[None]
        nearest = np.abs(np.einsum("nrk,rk->nr", offsets, self._along)).argmin(axis=1)
        # of all rows whose line passes close by, the true one is that with the nearest middle
        distance = np.hypot(offsets[..., 0], offsets[..., 1])
        nearest = np.where(
            np.take_along_axis(distance, nearest[:, None], 1)[:, 0] > 2 * distance.min(axis=1),
            distance.argmin(axis=1),
            nearest,
        )
        chosen = np.take_along_axis(offsets, nearest[:, None, None], 1)[:, 0]
        along = np.einsum("nk,nk->n", chosen, self._along[nearest]) / self.step
        across = np.einsum("nk,nk->n", chosen, self.across[nearest]) / self.step
        return np.stack([nearest + along, across + (self.cols - 1) / 2], axis=1)

    @property
    def _along(self) -> Places:
        return np.stack([self.across[:, 1], -self.across[:, 0]], axis=1)

    def sample(self, film: NDArray[np.float32]) -> NDArray[np.float32]:
        """The (rows, cols) strip of a film; zeros outside it. Shrinking is smoothed first."""
        sharp = film if self.step <= 1.5 else cv2.GaussianBlur(film, (0, 0), 0.4 * self.step)
        offset = self.step * (np.arange(self.cols) - (self.cols - 1) / 2)
        grid = self.middles[:, None] + offset[None, :, None] * self.across[:, None]
        x, y = grid[..., 1].astype(np.float32), grid[..., 0].astype(np.float32)
        return np.asarray(cv2.remap(sharp, x, y, cv2.INTER_LINEAR), dtype=np.float32)


def strip_along(centres: Places, rows: int, cols: int, margins: tuple[float, float]) -> Strip:
    """The strip along (N, 2) ordered centres, their whole length and ``margins`` of it more at the top and bottom.

    Raises ValueError for fewer than four centres or a centreline without length.
    """
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(centres, axis=0).T))])
    keep = np.concatenate([[True], np.diff(length) > 1e-6])
    if keep.sum() < 4:
        raise ValueError("a centreline needs at least four places")
    line = CubicSpline(length[keep], centres[keep], axis=0)
    total = float(length[-1])
    where = np.linspace(-margins[0] * total, (1 + margins[1]) * total, rows)
    inside = np.clip(where, 0, total)
    along = line(inside, 1)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    middles = line(inside) + (where - inside)[:, None] * along  # straight on beyond the ends
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    return Strip(middles, across, total * (1 + sum(margins)) / (rows - 1), cols)


def path_length(line: Places) -> float:
    """Length of the path through (N, 2) places in their order."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def smooth_centreline(centres: Places, stiffness: float) -> Places:
    """(N, 2) ordered places, smoothed along their order; ``stiffness`` is the penalty on curvature."""
    order = np.arange(len(centres), dtype=float)
    return np.stack([make_smoothing_spline(order, centres[:, axis], lam=stiffness)(order) for axis in (0, 1)], axis=1)
