"""Quality features of one mask from the network's probability maps, from 0 (nothing against the mask) upwards.

The Dice of a mask is predicted from them. Each is fast to compute and needs no second network.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.arrays import Grey


@dataclass(frozen=True, eq=False)
class StructureMaps:
    """One structure: the film's (S, S) square, the (P, S, S) probability maps of the P passes, and masks from them.

    ``mask`` is that of the mean map, ``pass_masks`` are those of the passes.
    """

    square: Grey
    maps: NDArray[np.float32]
    mask: Mask
    pass_masks: tuple[Mask, ...]

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        """The (S, S) mean map."""
        return np.asarray(self.maps.mean(axis=0))


def _rim(mask: Mask, reach: int) -> tuple[Mask, Mask]:
    """The bands, ``reach`` pixels wide, within and around a mask's outline."""
    kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
    whole = mask.astype(np.uint8)
    return mask & ~cv2.erode(whole, kernel).astype(bool), cv2.dilate(whole, kernel).astype(bool) & ~mask


def _soft_dice_loss(mean: NDArray[np.float32], mask: Mask) -> float:
    """1 less the Dice between the mask and the map (soft Dice confidence, Borges 2024)."""
    total = float(mean.sum()) + int(mask.sum())
    return 1 - 2 * float(mean[mask].sum()) / total if total else 1.0


def _entropy(probability: NDArray[np.float32]) -> float:
    """Mean entropy in bits, 0 to 1."""
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    return float(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)).mean())


def _stray(mean: NDArray[np.float32], mask: Mask) -> float:
    """1 less the Dice between the mask and the map above one half: tails and holes that postprocessing removed."""
    likely = mean > 0.5
    return 1 - dice(likely, mask)


def _faintness(square: Grey, inner: Mask, outer: Mask) -> float:
    """1 / (1 + contrast across the outline, in units of the grey's spread on both sides): 1 is no contrast."""
    within, around = square[inner], square[outer]
    spread = float(np.hypot(within.std(), around.std())) + 1e-3
    return float(1 / (1 + abs(within.mean() - around.mean()) / spread))


def _flatness(square: Grey, rim: Mask) -> float:
    """Share of the rim without any texture: clipped, covered or outside the film."""
    rough = np.abs(cv2.Laplacian(square, cv2.CV_32F))
    return float((rough[rim] < 1e-4).mean())


def mask_features(structure: StructureMaps) -> dict[str, float]:
    """All features of one structure's mask; empty where nothing was found."""
    mask, mean = structure.mask, structure.mean
    if not mask.any():
        return {}
    inner, outer = _rim(mask, max(2, round(0.01 * mask.shape[0])))
    rim = inner | outer
    overlaps = [dice(a, b) for a, b in combinations(structure.pass_masks, 2)]
    return {
        "improbability": 1 - float(mean[mask].mean()),
        "worst_pair": 1 - min(overlaps),
        "worst_pass": 1 - min(dice(each, mask) for each in structure.pass_masks),
        "expected_loss": _soft_dice_loss(mean, mask),
        "entropy": _entropy(mean[rim]),
        "spread": float(structure.maps[:, rim].std(axis=0).mean()),
        "stray": _stray(mean, mask),
        "faintness": _faintness(structure.square, inner, outer),
        "flatness": _flatness(structure.square, rim),
    }
