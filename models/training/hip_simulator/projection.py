"""Perspective projection of points and surfaces onto a film.

The patient lies with the back to the film; the beam runs from the front (-y) to the back (+y). The patient's left is at
the right of the image, up is up. The film is sampled on pixels of ``pixel_mm``, measured at the detector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.models.training.hip_simulator.meshes import Mesh, Points

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
FINE = 4
"""Silhouettes are drawn that many times finer than the film."""


@dataclass(frozen=True)
class Camera:
    """Where the beam starts and what the film catches.

    ``source`` is the focus (x, y, z) in mm in the patient's frame, ``detector_y`` the film's plane. ``middle`` is (x, z) on
    the film's plane of the film's middle.
    """

    source: tuple[float, float, float]
    detector_y: float
    middle: tuple[float, float]
    pixel_mm: float
    shape: tuple[int, int]

    def around(self, place: NDArray[np.float64], reach: int) -> Camera:
        """The same view on a film of 2 * reach + 1 pixels a side, whose middle lies at ``place`` (row, col) of this one."""
        row, col = place - (np.array(self.shape) - 1) / 2
        middle = (self.middle[0] + float(col) * self.pixel_mm, self.middle[1] - float(row) * self.pixel_mm)
        return replace(self, middle=middle, shape=(2 * reach + 1, 2 * reach + 1))

    def project(self, points: Points) -> NDArray[np.float32]:
        """Where points (N, 3) fall: (N, 2) rows and columns, fractional."""
        source = np.array(self.source, np.float32)
        offset = points - source
        stretch = (np.float32(self.detector_y) - source[1]) / offset[:, 1]
        x = source[0] + offset[:, 0] * stretch
        z = source[2] + offset[:, 2] * stretch
        rows = (self.middle[1] - z) / self.pixel_mm + (self.shape[0] - 1) / 2
        cols = (x - self.middle[0]) / self.pixel_mm + (self.shape[1] - 1) / 2
        return np.stack([rows, cols], axis=1).astype(np.float32)

    def magnification(self, points: Points) -> NDArray[np.float32]:
        """How much larger than life each point (N, 3) falls on the film."""
        return np.asarray((self.detector_y - self.source[1]) / (points[:, 1] - self.source[1]), np.float32)

    def thickness(self, points: Points, volume: NDArray[np.float32]) -> Image:
        """Millimetres of material along the beam (H, W), from points (N, 3) that hold ``volume`` (N,) mm^3 each."""
        place = self.project(points)
        height, width = self.shape
        inside = ((place > -1) & (place < np.array(self.shape, np.float32))).all(axis=1)
        place = place[inside]
        depth = (volume[inside] * (self.magnification(points[inside]) / self.pixel_mm) ** 2).astype(np.float32)
        low = np.floor(place).astype(np.int32)
        row, col = (place - low).T
        flat = (low[:, 0] + 1) * (width + 2) + low[:, 1] + 1
        size = (height + 2) * (width + 2)
        total = np.zeros(size)
        for step, weight in (
            (0, (1 - row) * (1 - col)),
            (1, (1 - row) * col),
            (width + 2, row * (1 - col)),
            (width + 3, row * col),
        ):
            total += np.bincount(flat + step, weights=depth * weight, minlength=size)[:size]
        return total.reshape(height + 2, width + 2)[1:-1, 1:-1].astype(np.float32)

    def silhouette(self, mesh: Mesh) -> Mask:
        """The outline (H, W) of a surface, filled."""
        place = self.project(mesh.vertices)
        height, width = self.shape
        corners = place[mesh.triangles]
        seen = (corners.max(axis=1) > -2).all(axis=1) & (corners.min(axis=1) < np.array(self.shape) + 2).all(axis=1)
        fine = ((corners[seen][..., ::-1] + 0.5) * FINE - 0.5).round().astype(np.int32)
        canvas = np.zeros((height * FINE, width * FINE), np.uint8)
        for triangle in np.unique(fine.reshape(-1, 6), axis=0).reshape(-1, 3, 2):
            cv2.fillConvexPoly(canvas, triangle, 255)
        return np.asarray(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA) >= 128)
