"""A femur's mask as a picture that can be cut across at any angle, in units of length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.types import Grid, Mask

_LONGEST = 640
"""Pixels along the longest side that the geometry is done at: finer does not change it."""


def _distances(part: Mask, size: NDArray[np.float64]) -> NDArray[np.float64]:
    """(H, W) distances of a mask's pixels, ``size`` (row, col) long and wide, to the nearest one outside it."""
    if not np.isclose(*size):
        return np.asarray(ndimage.distance_transform_edt(part, sampling=tuple(size)))
    pixels = cv2.distanceTransform(part.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)  # a fifth of the time
    return np.asarray(size[0] * pixels.astype(np.float64))


@dataclass(frozen=True)
class FemurImage:
    """``field`` (H, W) is above 0 inside the bone, below outside, and 0 on its outline: signed distance, in the grid's
    unit. A pixel is ``size`` (row, col) long and wide; the first one's centre lies at ``origin``.

    The picture is mirrored where need be, so that the inner side is at the greater columns.
    """

    field: NDArray[np.float64]
    size: NDArray[np.float64]
    origin: NDArray[np.float64]

    @classmethod
    def of_mask(cls, mask: Mask, grid: Grid, inner_is_right: bool) -> FemurImage:
        """Of a mask that is not empty; columns run towards the inner side. The rest of the film stays outside."""
        rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        part = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        step = max(1, max(part.shape) // _LONGEST)
        part = part[::step, ::step]
        part = np.pad(part if inner_is_right else part[:, ::-1], 1)
        size = np.array([grid.row, grid.col]) * step
        inside, outside = _distances(part, size), _distances(~part, size)
        half = size.mean() / 2
        field = np.where(part, inside - half, half - outside)
        last = cols[0] + ((cols[-1] - cols[0]) // step) * step
        first_col = cols[0] * grid.col if inner_is_right else -last * grid.col
        return cls(ndimage.gaussian_filter(field, 0.7), size, np.array([rows[0] * grid.row, first_col]) - size)

    def at(self, places: Places) -> NDArray[np.float64]:
        """(...) the field at (..., 2) places, linearly between pixels; far outside beyond the picture."""
        index = np.moveaxis((places - self.origin) / self.size, -1, 0)
        values = ndimage.map_coordinates(self.field, index, order=1, mode="nearest")
        limits = np.array(self.field.shape).reshape(2, *[1] * (index.ndim - 1)) - 1
        beyond = ((index < 0) | (index > limits)).any(axis=0)
        return np.asarray(np.where(beyond, -np.inf, values))

    def edges(self, starts: Places, direction: Places, reach: float) -> NDArray[np.float64]:
        """(N,) how far the bone goes on from (N, 2) places inside it, at most ``reach``.

        Along one unit direction (2,), or one (N, 2) of each place.
        """
        step = float(self.size.min()) / 2
        along = np.arange(0, reach + step, step)
        values = self.at(starts[:, None] + along[None, :, None] * np.atleast_2d(direction)[:, None])
        outside = values <= 0
        first = np.where(outside.any(axis=1), outside.argmax(axis=1), len(along) - 1)
        place = np.arange(len(starts))
        before, after = values[place, np.maximum(first - 1, 0)], values[place, first]
        inside_film = np.isfinite(after) & (before > after)
        share = np.zeros(len(starts))
        share[inside_film] = before[inside_film] / (before[inside_film] - after[inside_film])
        return np.asarray(np.where(first == 0, 0.0, along[np.maximum(first - 1, 0)] + np.clip(share, 0, 1) * step))

    def sections(self, places: Places, along: Places, reach: float) -> tuple[Places, NDArray[np.float64]]:
        """(N, 2) middles and (N,) widths of the bone across a unit direction at (N, 2) places inside it."""
        across = np.array([-along[1], along[0]])
        ahead, behind = self.edges(places, across, reach), self.edges(places, -across, reach)
        return places + ((ahead - behind) / 2)[:, None] * across, ahead + behind

    @cached_property
    def outline(self) -> Places:
        """(N, 2) places where the field changes its sign between neighbouring pixels."""
        found = []
        for axis in (0, 1):
            a = self.field[:-1] if axis == 0 else self.field[:, :-1]
            b = self.field[1:] if axis == 0 else self.field[:, 1:]
            index = np.argwhere((a > 0) != (b > 0)).astype(float)
            near, far = a[(a > 0) != (b > 0)], b[(a > 0) != (b > 0)]
            index[:, axis] += near / (near - far)
            found.append(index)
        return np.concatenate(found) * self.size + self.origin
