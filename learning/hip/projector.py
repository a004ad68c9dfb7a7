"""Perspective projection of point clouds onto a film."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.hip.meshes import Points

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Projector:
    """An x-ray tube and a film behind the patient; lengths in mm, the world's origin between the hip joints.

    ``distance`` is from the tube to the film, ``gap`` from the origin to the film. The central ray meets the film below
    the world's ``centre`` (x, z). The film is ``rows`` by ``cols`` pixels of ``pixel`` mm, with ``middle`` (x, z) of
    the world, magnified, in its middle.
    """

    distance: float
    gap: float
    centre: tuple[float, float]
    middle: tuple[float, float]
    rows: int
    cols: int
    pixel: float

    @property
    def magnification(self) -> float:
        """Of things in the plane of the hip joints."""
        return self.distance / (self.distance - self.gap)

    def _magnifications(self, places: Points) -> NDArray[np.float64]:
        return np.asarray(self.distance / (self.distance - self.gap + places[:, 1]))

    def __call__(self, places: Points) -> Points:
        """(N, 2) film (row, col) of (N, 3) places."""
        scale = self._magnifications(places)[:, None]
        off_axis = (places[:, [0, 2]] - self.centre) * scale
        on_film = off_axis - (np.array(self.middle) - self.centre) * self.magnification
        return np.stack(
            [(self.rows - 1) / 2 - on_film[:, 1] / self.pixel, (self.cols - 1) / 2 + on_film[:, 0] / self.pixel], axis=1
        )

    def add_up(self, places: Points, weights: NDArray[np.float64]) -> Picture:
        """(rows, cols) line integrals of (N,) point masses, each shared out among the four pixels around it.

        A point of mass ``pitch``³ gives a path length in mm.
        """
        row, col = self(places).T
        ray = weights * np.square(self._magnifications(places) / self.pixel)
        total = np.zeros((self.rows + 2) * (self.cols + 2))
        held = (row > -1) & (row < self.rows) & (col > -1) & (col < self.cols)
        row, col, ray = row[held] + 1, col[held] + 1, ray[held]
        first = row.astype(int), col.astype(int)
        part = row - first[0], col - first[1]
        for down, down_share in ((0, 1 - part[0]), (1, part[0])):
            for right, right_share in ((0, 1 - part[1]), (1, part[1])):
                cell = (first[0] + down) * (self.cols + 2) + first[1] + right
                total += np.bincount(cell, ray * down_share * right_share, len(total))
        picture = total.reshape(self.rows + 2, self.cols + 2)[1:-1, 1:-1]
        return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 0.6 / self.pixel), dtype=np.float32)
