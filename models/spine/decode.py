"""From the vertebra network's maps to vertebra corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.spine.channels import CENTRE, CORNERS, LEVEL, LEVELS, OFFSET_UNIT, OFFSETS, onto_strip
from radcaliper.models.spine.sequence import RowPredictions, best_sequence

_GAP_TO_HEIGHT: Final = 1.38
"""Distance between neighbouring vertebrae's centres over their mean height, on the AASCE films trained on."""
_SEARCH: Final = 4
"""Map pixels around the place that the offsets give a corner, within which its blob is searched."""
_TRUST: Final = 0.15
"""A corner blob of this height counts as much as the offset from the centre."""


@dataclass(frozen=True)
class Vertebrae:
    """N vertebrae from the top down: corners (N, 4, 2) tl, tr, bl, br as (row, col), levels, confidences to 1."""

    corners: Corners
    levels: NDArray[np.intp]
    confidence: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.levels)

    def on_film(self, shape: tuple[int, int]) -> Vertebrae:
        """Those whose centres lie on a film of this shape: a strip reaches beyond its edges, where nothing is seen."""
        middles = self.corners.mean(axis=1)
        kept = ((middles >= 0) & (middles <= np.array(shape) - 1)).all(axis=1)
        return Vertebrae(self.corners[kept], self.levels[kept], self.confidence[kept])

    @property
    def width(self) -> float:
        """Median distance between the two upper corners, in the corners' pixels; 0 for no vertebrae."""
        return float(np.median(np.hypot(*(self.corners[:, 1] - self.corners[:, 0]).T))) if len(self) else 0.0


def _row_predictions(maps: Maps) -> tuple[RowPredictions, NDArray[np.intp]]:
    """The predictions of each row at its likeliest column, and these columns."""
    centre = cv2.GaussianBlur(maps[CENTRE], (0, 0), 1.0)
    cols = centre.argmax(axis=1)
    rows = np.arange(len(cols))
    offsets = maps[OFFSETS][:, rows, cols].reshape(4, 2, -1) * OFFSET_UNIT
    height = (offsets[2:, 0].mean(axis=0) - offsets[:2, 0].mean(axis=0)).clip(4, 45)
    weight = centre[rows, cols] + 1e-3
    smooth = cv2.GaussianBlur((height * weight)[:, None], (1, 0), 0, sigmaY=14) / cv2.GaussianBlur(
        weight[:, None], (1, 0), 0, sigmaY=14
    )
    level = cv2.GaussianBlur(maps[LEVEL][rows, cols][:, None], (1, 0), 0, sigmaY=1)[:, 0] * LEVELS
    return RowPredictions(
        centre[rows, cols].astype(float), level.astype(float), _GAP_TO_HEIGHT * smooth[:, 0].astype(float)
    ), cols


def _around(row: float, col: float, reach: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, left = max(0, round(row) - reach), max(0, round(col) - reach)
    return slice(top, min(shape[0], round(row) + reach + 1)), slice(left, min(shape[1], round(col) + reach + 1))


def _middle(weight: NDArray[np.floating], window: tuple[slice, slice]) -> NDArray[np.float64]:
    """(2,) the (row, col) of the weights' centre of mass, which are those of a window."""
    rows, cols = (np.arange(side.start, side.stop) for side in window)
    return np.array([rows @ weight.sum(axis=1), cols @ weight.sum(axis=0)], np.float64) / float(weight.sum())


def _offset_corners(maps: Maps, row: int, col: int) -> NDArray[np.float64]:
    """(4, 2) mean corners by the offsets of the pixels around a centre, weighted by their centre probability."""
    window = _around(row, col, 2, maps.shape[1:])
    weight = maps[CENTRE][window] + 1e-6
    offsets = maps[OFFSETS][(slice(None), *window)].reshape(4, 2, *weight.shape) * OFFSET_UNIT
    return np.asarray((offsets * weight).sum(axis=(2, 3)) / weight.sum() + _middle(weight, window), dtype=np.float64)


def _refined(heat: NDArray[np.float32], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """A corner moved towards its blob, the further the higher the blob."""
    window = _around(place[0], place[1], _SEARCH, heat.shape)
    part = heat[window]
    if part.size == 0:
        return place
    top = [int(index) for index in np.unravel_index(int(part.argmax()), part.shape)]
    peak = float(part.max())
    near = _around(top[0], top[1], 3, part.shape)
    weight = part[near].astype(np.float64) ** 2 + 1e-12
    blob = _middle(weight, near) + np.array([window[0].start, window[1].start])
    share = peak / (peak + _TRUST)
    return np.asarray(share * blob + (1 - share) * place)


def decode(maps: Maps) -> Vertebrae:
    """The vertebrae of (CHANNELS, R, C) maps, blob and body channels as probabilities, in strip pixels."""
    row_predictions, cols = _row_predictions(maps)
    rows, levels = best_sequence(row_predictions)
    corners = np.zeros((len(rows), 4, 2))
    for place, row in enumerate(rows):
        given = _offset_corners(maps, int(row), int(cols[row]))
        corners[place] = [_refined(maps[CORNERS][corner], given[corner]) for corner in range(4)]
    near = [slice(max(0, row - 2), row + 3) for row in rows]
    confidence = np.array([row_predictions.centre[part].max() for part in near]) if len(rows) else np.zeros(0)
    return Vertebrae(onto_strip(corners), levels, confidence)
