"""Training windows for the level network: films cut off, exposed and laid at random, with the places of the levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from radcaliper.learning.datasets.spine import SpineFilm
from radcaliper.learning.spine.strips import StripExposure
from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.models.spine.channels import LEVELS
from radcaliper.models.spine.level_window import COLS, GAP, ROWS, vertebral_gap, window_around

_KEPT_GAP: Final = 2 * GAP
"""Rows from one vertebra to the next on the films as they are kept: twice as fine as the window."""
_CUT: Final = 0.12
_CUT_OFTEN, _PART_OFTEN = 0.6, 0.15
_PART: Final = 0.4
"""Shares of a film that are cut off at either end: of most films a little, of some a part of the spine."""
_SHIFT: Final = (24.0, 8.0)
_LABEL_RIGHT: Final = 0.8
"""Probability that a film's labels begin at T1; else they are one level off, as often up as down."""
_EVIDENCE: Final = 6.0
"""Vertebrae that a film's vertebrae count as together: what speaks for a level speaks so for its neighbours."""
_BEYOND: Final = 0.3
"""Weight of the places above T1 and below L5, which are not labelled but lie one vertebra further."""


@dataclass(frozen=True)
class KeptFilm:
    """A film at a small size: grey (H, W) of 8 bits, and its vertebrae's corners there."""

    grey: NDArray[np.uint8]
    corners: Corners


def kept_film(film: SpineFilm) -> KeptFilm:
    """A film of 17 vertebrae at the size that is kept."""
    scale = _KEPT_GAP / vertebral_gap(film.corners)
    grey = cv2.resize(film.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return KeptFilm((grey * 255).astype(np.uint8), film.corners * scale)


def level_places(corners: Corners) -> NDArray[np.float64]:
    """(19, 2) centres from C7 to S1 of 17 vertebrae; C7 and S1 lie as far beyond as their neighbours are apart."""
    middles = corners.mean(axis=1)
    return np.concatenate([[2 * middles[0] - middles[1]], middles, [2 * middles[-1] - middles[-2]]])


def _cut(rows: int, rng: np.random.Generator) -> tuple[int, int]:
    """The first row that a cut film has, and the first that it has no more."""
    share = _PART if rng.random() < _PART_OFTEN else _CUT
    ends = [rng.uniform(0, share) if rng.random() < _CUT_OFTEN else 0.0 for _ in range(2)]
    return int(ends[0] * rows), rows - int(ends[1] * rows)


def random_window(kept: KeptFilm, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """``grey`` (1, ROWS, COLS), ``places`` (19, 2) in it as (row, col), and which of them the film shows (19,)."""
    top, bottom = _cut(len(kept.grey), rng)
    shown_part = np.asarray(kept.grey[top:bottom] / 255, dtype=np.float32)
    grey = StripExposure.random(rng).apply(shown_part, rng).clip(0, 1)
    corners = kept.corners - [top, 0]
    shift = (float(rng.uniform(-_SHIFT[0], _SHIFT[0])), float(rng.uniform(-_SHIFT[1], _SHIFT[1])))
    window = window_around(corners, float(np.exp(rng.normal(0, 0.06))), shift)
    places = level_places(corners)
    shown = (places >= 0).all(axis=1) & (places < grey.shape).all(axis=1)
    sampled, in_window = window.sample(grey), window.from_film(places)
    if rng.random() < 0.5:
        sampled, in_window[:, 1] = sampled[:, ::-1], COLS - 1 - in_window[:, 1]
    shown &= (in_window[:, 0] >= 0) & (in_window[:, 0] < ROWS)
    return {
        "grey": torch.from_numpy(np.ascontiguousarray(sampled[None])),
        "places": torch.from_numpy(in_window.astype(np.float32)),
        "shown": torch.from_numpy(shown.astype(np.float32)),
    }


class LevelFilms:
    """Training windows with new random changes at every access."""

    def __init__(self, films: list[SpineFilm]) -> None:
        self.films = [kept_film(film) for film in films if len(film.corners) == LEVELS]
        self.weights = [1.0] * len(self.films)

    def __len__(self) -> int:
        return len(self.films)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """A window of film ``index``."""
        return random_window(self.films[index], np.random.default_rng(int(torch.randint(2**31, ()))))


def at_places(output: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """(B, levels, H, W) answers for windows at (B, N, 2) places in them, as (B, N, levels)."""
    span = torch.tensor([ROWS, COLS])
    grid = ((places + 0.5) / span * 2 - 1).flip(-1)[:, None]
    sampled = functional.grid_sample(output, grid, padding_mode="border", align_corners=False)
    return sampled[:, :, 0].transpose(1, 2)


def _off_by(log_probability: torch.Tensor, weight: torch.Tensor, offset: int) -> torch.Tensor:
    """(B,) mean cross-entropy if the labels are ``offset`` levels too high."""
    count = log_probability.shape[1]
    first, last = max(0, -offset), min(count, count - offset)
    place = torch.arange(first, last)
    of_level = log_probability[:, place, place + offset]
    counted = weight[:, place]
    return -(of_level * counted).sum(1) / counted.sum(1).clamp(min=1)


def level_loss(output: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross-entropy of the levels where the film shows them; labels may be one level off as a whole.

    The likelihood of the labels is summed over these possibilities, with the prior ``_LABEL_RIGHT``.
    """
    log_probability = at_places(output, batch["places"]).log_softmax(dim=-1)
    weight = batch["shown"].clone()
    weight[:, [0, -1]] *= _BEYOND
    losses = torch.stack([_off_by(log_probability, weight, offset) for offset in (-1, 0, 1)], dim=1)
    prior = torch.tensor([(1 - _LABEL_RIGHT) / 2, _LABEL_RIGHT, (1 - _LABEL_RIGHT) / 2])
    return -((prior.log() - _EVIDENCE * losses).logsumexp(dim=1) / _EVIDENCE).mean()
