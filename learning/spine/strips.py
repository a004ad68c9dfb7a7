"""Training strips: a film resampled along a jittered centreline, with the maps that the strip network learns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import SpineFilm
from radcaliper.learning.loss import focal_loss
from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.models.inference.local_contrast import local_contrast
from radcaliper.models.spine.channels import (
    BLOBS,
    BODY,
    CENTRE,
    CHANNELS,
    COLS,
    CORNERS,
    LEVEL,
    LEVELS,
    MAP_COLS,
    MAP_ROWS,
    OFFSET_UNIT,
    OFFSETS,
    PROBABILITIES,
    REACH,
    ROWS,
    onto_maps,
)
from radcaliper.models.spine.strip import Strip, smooth_centreline, strip_along
from radcaliper.models.spine.strip_margins import fitting_margins, mirrored_corners

_CENTRE_SIGMA, _CORNER_SIGMA, _OFFSET_REACH = 2.0, 1.5, 3
_LEAST_SHOWN = 8


@dataclass(frozen=True)
class StripExposure:
    """How one strip is exposed: film curve, clipping at both ends, noise and blur."""

    gamma: float
    low: float
    high: float
    noise: float
    blur: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> StripExposure:
        """A random exposure, from washed out to too dark."""
        return cls(
            float(np.exp(rng.uniform(-0.6, 0.6))),
            float(rng.uniform(0, 0.15)) if rng.random() < 0.25 else 0.0,
            float(rng.uniform(0.75, 1.0)) if rng.random() < 0.25 else 1.0,
            float(rng.uniform(0, 0.03)) if rng.random() < 0.3 else 0.0,
            float(rng.uniform(0.4, 1.5)) if rng.random() < 0.3 else 0.0,
        )

    def apply(self, grey: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        """The strip with this exposure, about [0, 1]."""
        shown = np.clip((grey - self.low) / (self.high - self.low), 0, 1) ** self.gamma
        if self.blur:
            shown = cv2.GaussianBlur(shown, (0, 0), self.blur)
        return np.asarray(shown + rng.normal(0, 1, grey.shape) * self.noise, dtype=np.float32)


def cut_film(film: SpineFilm, rng: np.random.Generator) -> SpineFilm:
    """The film, blanked above and below a random part of the spine."""
    count = len(film.corners)
    first = int(rng.integers(0, max(1, count - _LEAST_SHOWN)))
    last = int(rng.integers(min(count, first + _LEAST_SHOWN), count + 1))
    kept = film.corners[first:last]
    top = max(0, int(kept[0, :2, 0].min() - rng.uniform(0, 20))) if first > 0 else 0
    bottom = int(kept[-1, 2:, 0].max() + rng.uniform(0, 20)) if last < count else len(film.grey)
    grey = np.zeros_like(film.grey)
    grey[top:bottom] = film.grey[top:bottom]
    level = None if film.first_level is None else film.first_level + first
    return replace(film, grey=grey, corners=kept, first_level=level)


def jittered_strip(corners: Corners, rng: np.random.Generator) -> Strip:
    """A strip along a centreline with the errors of the locator: bent at random, too short or too long at the ends."""
    centres = smooth_centreline(corners.mean(axis=1), float(np.exp(rng.uniform(-1, 3))))
    width = float(np.median(np.hypot(*(corners[:, 1] - corners[:, 0]).T)))
    knots = rng.normal(0, 0.15 * width, (5, 2))
    place = np.linspace(0, 1, len(centres))
    bend = np.stack([np.interp(place, np.linspace(0, 1, 5), knots[:, axis]) for axis in (0, 1)], axis=1)
    bend = cv2.GaussianBlur(bend, (1, 0), 0, sigmaY=1.5) if len(bend) > 3 else bend
    line = centres + bend
    margins = fitting_margins(line, width, (float(rng.uniform(-0.01, 0.2)), float(rng.uniform(-0.01, 0.2))))
    return strip_along(line, ROWS, COLS, margins)


def _add_blob(heat: NDArray[np.float32], place: NDArray[np.float64], sigma: float) -> None:
    row, col = place
    reach = int(3 * sigma) + 1
    top, left = max(0, round(row) - reach), max(0, round(col) - reach)
    part = heat[top : max(0, round(row) + reach + 1), left : max(0, round(col) + reach + 1)]
    rows, cols = np.indices(part.shape)
    blob = np.exp(-((rows + top - row) ** 2 + (cols + left - col) ** 2) / (2 * sigma**2))
    np.maximum(part, blob, out=part, casting="same_kind")


def strip_maps(corners: Corners, first_level: int | None = 1) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(targets, weights of their errors), both (CHANNELS, MAP_ROWS, MAP_COLS), for corners in the strip's pixels.

    ``first_level`` is that of the highest vertebra; where it is None, levels have no weight.
    """
    maps = np.zeros((CHANNELS, MAP_ROWS, MAP_COLS), np.float32)
    weights = np.zeros_like(maps)
    weights[PROBABILITIES] = 1
    for place, quad in enumerate(onto_maps(corners)):
        body = np.zeros((MAP_ROWS, MAP_COLS), np.uint8)
        cv2.fillPoly(body, [np.round(quad[[0, 1, 3, 2], ::-1]).astype(np.int32)], 1)
        maps[BODY][body > 0] = 1
        if first_level is not None:
            maps[LEVEL][body > 0] = (first_level + place) / LEVELS
            weights[LEVEL][body > 0] = 1
        centre = quad.mean(axis=0)
        _add_blob(maps[CENTRE], centre, _CENTRE_SIGMA)
        for corner in range(4):
            _add_blob(maps[CORNERS][corner], quad[corner], _CORNER_SIGMA)
        _add_offsets(maps, weights, quad)
    return maps, weights


def _add_offsets(maps: NDArray[np.float32], weights: NDArray[np.float32], quad: NDArray[np.float64]) -> None:
    """Add the offsets from the pixels around a vertebra's centre to its corners."""
    row, col = np.round(quad.mean(axis=0)).astype(int)
    window = (
        slice(max(0, row - _OFFSET_REACH), max(0, row + _OFFSET_REACH + 1)),
        slice(max(0, col - _OFFSET_REACH), max(0, col + _OFFSET_REACH + 1)),
    )
    rows, cols = (axis[window] for axis in np.indices((MAP_ROWS, MAP_COLS)))
    for corner in range(4):
        maps[OFFSETS][2 * corner][window] = (quad[corner, 0] - rows) / OFFSET_UNIT
        maps[OFFSETS][2 * corner + 1][window] = (quad[corner, 1] - cols) / OFFSET_UNIT
    weights[OFFSETS, window[0], window[1]] = 1


class StripFilms:
    """Training strips with new random jitter at every access.

    Each is ``grey`` (1, ROWS, COLS) with ``maps`` and ``weights`` (CHANNELS, MAP_ROWS, MAP_COLS).
    """

    def __init__(self, films: list[SpineFilm], weights: list[float]) -> None:
        self.films, self.weights = films, weights

    def __len__(self) -> int:
        return len(self.films)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """One strip of film ``index``."""
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        film = cut_film(self.films[index], rng) if rng.random() < 0.2 else self.films[index]
        strip = jittered_strip(film.corners, rng)
        grey = local_contrast(StripExposure.random(rng).apply(strip.sample(film.grey), rng), REACH)
        corners = strip.from_film(film.corners.reshape(-1, 2)).reshape(-1, 4, 2)
        if rng.random() < 0.5:
            grey, corners = np.ascontiguousarray(grey[:, ::-1]), mirrored_corners(corners)
        maps, weights = strip_maps(corners, film.first_level)
        tensors = {"grey": grey[None], "maps": maps, "weights": weights}
        return {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in tensors.items()}


def strip_loss(output: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross-entropy and Dice for bodies, penalty-reduced focal loss for the blobs, L1 for offsets and levels."""
    maps, weights = batch["maps"], batch["weights"]
    body = torch.nn.functional.binary_cross_entropy_with_logits(output[:, BODY], maps[:, BODY])
    probability = torch.sigmoid(output[:, BODY])
    overlap = 2 * (probability * maps[:, BODY]).sum((1, 2)) / (probability + maps[:, BODY]).sum((1, 2)).clamp(min=1)
    blobs = focal_loss(output[:, BLOBS], maps[:, BLOBS], weights[:, BLOBS])
    offsets = _weighted_l1(output[:, OFFSETS], maps[:, OFFSETS], weights[:, OFFSETS])
    levels = _weighted_l1(output[:, LEVEL], maps[:, LEVEL], weights[:, LEVEL])
    return body + (1 - overlap).mean() + blobs + 5 * offsets + 20 * levels


def _weighted_l1(output: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    error = torch.nn.functional.smooth_l1_loss(output, target, reduction="none", beta=0.1)
    return (error * weights).sum() / weights.sum().clamp(min=1)
