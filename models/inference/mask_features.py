"""What speaks against one mask in the network's own answer: numbers from 0 (nothing) upwards.

Quality is predicted from them. Each is quick to compute and needs no second network.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.agreement import dice

Grey = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Answer:
    """The network's answer on one structure: the film's (S, S) square, the (V, S, S) views' maps, what was kept."""

    square: Grey
    views: NDArray[np.float32]
    piece: Mask
    pieces: tuple[Mask, ...]
    """Of each view."""

    @property
    def mean(self) -> NDArray[np.float32]:
        """The (S, S) mean map."""
        return np.asarray(self.views.mean(axis=0))


def _rim(piece: Mask, reach: int) -> tuple[Mask, Mask]:
    """The bands, ``reach`` pixels wide, within and around a piece's outline."""
    kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
    whole = piece.astype(np.uint8)
    return piece & ~cv2.erode(whole, kernel).astype(bool), cv2.dilate(whole, kernel).astype(bool) & ~piece


def _soft_dice_loss(mean: NDArray[np.float32], piece: Mask) -> float:
    """One less the Dice that the map expects of the piece (soft Dice confidence, Borges 2024)."""
    total = float(mean.sum()) + int(piece.sum())
    return 1 - 2 * float(mean[piece].sum()) / total if total else 1.0


def _entropy(probability: NDArray[np.float32]) -> float:
    """Mean entropy in bits, 0 to 1."""
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    return float(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)).mean())


def _stray(mean: NDArray[np.float32], piece: Mask) -> float:
    """Share of what is more likely than not that is no part of the piece, or the other way round (holes, tails)."""
    likely = mean > 0.5
    return 1 - dice(likely, piece)


def _faintness(square: Grey, inner: Mask, outer: Mask) -> float:
    """How little the grey differs across the outline, against its spread on either side: 1 is no difference."""
    within, around = square[inner], square[outer]
    spread = float(np.hypot(within.std(), around.std())) + 1e-3
    return float(1 / (1 + abs(within.mean() - around.mean()) / spread))


def _flatness(square: Grey, rim: Mask) -> float:
    """Share of the rim where the film has no texture at all: clipped, covered or outside the film."""
    rough = np.abs(cv2.Laplacian(square, cv2.CV_32F))
    return float((rough[rim] < 1e-4).mean())


def mask_doubts(answer: Answer) -> dict[str, float]:
    """All doubts about one structure's mask; empty where nothing was found."""
    piece, mean = answer.piece, answer.mean
    if not piece.any():
        return {}
    inner, outer = _rim(piece, max(2, round(0.01 * piece.shape[0])))
    rim = inner | outer
    overlaps = [dice(a, b) for a, b in combinations(answer.pieces, 2)]
    return {
        "improbability": 1 - float(mean[piece].mean()),
        "worst_pair": 1 - min(overlaps),
        "worst_view": 1 - min(dice(each, piece) for each in answer.pieces),
        "expected_loss": _soft_dice_loss(mean, piece),
        "entropy": _entropy(mean[rim]),
        "spread": float(answer.views[:, rim].std(axis=0).mean()),
        "stray": _stray(mean, piece),
        "faintness": _faintness(answer.square, inner, outer),
        "flatness": _flatness(answer.square, rim),
    }
