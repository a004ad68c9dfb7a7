"""A femur's mask brought to square pixels and seen as a right femur, so that one geometry serves all films.

Within this package places are (x, y): x to the right of the image, where a right femur's head is, and y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Grid, Mask, NotMeasurable, Point

Side = Literal["right", "left"]
Places = NDArray[np.float64]
"""(..., 2) places (x, y)."""
LONGEST: Final = 640
"""Longest side of the working image; a femur of 250 mm then has 0.4 mm pixels and sub-pixel edges."""
FEWEST_PIXELS: Final = 200


@dataclass(frozen=True, eq=False)
class Upright:
    """The share of each working pixel that is femur (h, w) in [0, 1], and the way back to the film.

    ``scale`` is working pixels per film pixel (x, y); ``origin`` the film place (col, row), of a left femur after mirroring,
    where the working image begins; ``film`` the film's edges in working pixels (left, top, right, bottom);
    ``unit_per_pixel`` the length of a working pixel in the unit of the grid.
    """

    share: NDArray[np.float32]
    scale: tuple[float, float]
    origin: tuple[float, float]
    film: tuple[float, float, float, float]
    film_width: int
    side: Side
    unit_per_pixel: float

    def point(self, place: Places) -> Point:
        """A working place in the film's own pixels."""
        col = (place[0] + 0.5) / self.scale[0] - 0.5 + self.origin[0]
        row = (place[1] + 0.5) / self.scale[1] - 0.5 + self.origin[1]
        return Point(float(row), float(col if self.side == "right" else self.film_width - 1 - col))

    def place(self, point: Point) -> Places:
        """A point of the film as a working place (2,)."""
        col = point.col if self.side == "right" else self.film_width - 1 - point.col
        x = (col - self.origin[0] + 0.5) * self.scale[0] - 0.5
        return np.array([x, (point.row - self.origin[1] + 0.5) * self.scale[1] - 0.5])

    def sample(self, places: Places) -> NDArray[np.float32]:
        """The femur's share at places (n, m, 2), 0 outside the image."""
        x, y = (np.ascontiguousarray(places[..., axis], np.float32) for axis in (0, 1))
        return np.asarray(cv2.remap(self.share, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)

    def at_film_edge(self, places: Places, margin: float = 1.5) -> NDArray[np.bool_]:
        """Which places (..., 2) lie within ``margin`` working pixels of the film's edge, or beyond it."""
        left, top, right, bottom = self.film
        x, y = places[..., 0], places[..., 1]
        return np.asarray((x < left + margin) | (x > right - margin) | (y < top + margin) | (y > bottom - margin))

    def outline(self) -> Places:
        """The longest outline of the femur (n, 2), where its share crosses one half, in steps of about a pixel."""
        contours, _ = cv2.findContours((self.share >= 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        line = max(contours, key=len)[:, 0].astype(np.float64)
        return self._to_half(line)

    def _to_half(self, line: Places) -> Places:
        """Outline pixels moved across the edge to where the share is one half."""
        smooth = cv2.GaussianBlur(self.share, (0, 0), 1.0)
        slope = np.stack(
            [cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)]
        )
        x, y = line.astype(int).T
        along = slope[:, y, x].T.astype(np.float64)
        steep = np.maximum((along**2).sum(axis=1), 1e-4)
        move = along * ((0.5 - smooth[y, x]) / steep)[:, None]
        return np.asarray(line + np.clip(move, -1, 1))


def upright(mask: Mask, side: Side, grid: Grid) -> Upright:
    """The largest piece of a femur mask (H, W), filled, on square pixels, mirrored if left.

    Raises NotMeasurable("structure_not_seen") where there is hardly any mask.
    """
    if mask.ndim != 2:
        raise ValueError(f"a mask is (H, W), not {mask.shape}")
    film = mask if side == "right" else mask[:, ::-1]
    rows, cols = np.flatnonzero(film.any(axis=1)), np.flatnonzero(film.any(axis=0))
    if len(rows) == 0:
        raise NotMeasurable("structure_not_seen")
    height, width = film.shape
    top, bottom, left, right = rows[0], rows[-1] + 1, cols[0], cols[-1] + 1
    pixel = max((bottom - top) * grid.row, (right - left) * grid.col) / LONGEST
    pixel = max(pixel, min(grid.row, grid.col))
    pad = 2
    crop = np.pad(film[top:bottom, left:right].astype(np.uint8), pad)
    size = (max(4, round(crop.shape[1] * grid.col / pixel)), max(4, round(crop.shape[0] * grid.row / pixel)))
    scale = (size[0] / crop.shape[1], size[1] / crop.shape[0])
    shrinking = cv2.INTER_AREA if min(scale) <= 1 else cv2.INTER_LINEAR
    share = _largest(cv2.resize(crop.astype(np.float32), size, interpolation=shrinking))
    if int((share >= 0.5).sum()) < FEWEST_PIXELS:
        raise NotMeasurable("structure_not_seen")
    origin = (float(left - pad), float(top - pad))
    edges = (
        (-0.5 - origin[0] + 0.5) * scale[0] - 0.5,
        (-0.5 - origin[1] + 0.5) * scale[1] - 0.5,
        (width - 0.5 - origin[0] + 0.5) * scale[0] - 0.5,
        (height - 0.5 - origin[1] + 0.5) * scale[1] - 0.5,
    )
    return Upright(share, scale, origin, edges, width, side, pixel)


def _largest(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest connected piece with its holes filled."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((share >= 0.5).astype(np.uint8), connectivity=4)
    if count < 2:
        raise NotMeasurable("structure_not_seen")
    piece = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    near = cv2.dilate(piece.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    contours, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = np.zeros(share.shape, np.uint8)
    cv2.drawContours(solid, contours, -1, 1, cv2.FILLED)
    inside = cv2.erode(solid, np.ones((3, 3), np.uint8)) > 0
    return np.where(inside, np.float32(1), np.where(near, share, np.float32(0)))
