"""Quality features of one mask from the network's probability maps, from 0 (nothing against the mask) upwards.

The Dice of a mask is predicted from them. Each is fast to compute and needs no second network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.inference.outline import Outline, outline_of

_ACROSS: Final = np.arange(-14, 15, 2) / 384
"""Distances across an outline, outwards, at which the film is sampled, as shares of the square's side."""
_INSIDE: Final = slice(4, 7)
_OUTSIDE: Final = slice(8, 11)
_BESIDE: Final = np.array([-8, 0, 8]) / 384
_TEXTURE: Final = 11
"""Side, in pixels, of the window over which the grey's standard deviation is taken."""
_USUAL_TEXTURE: Final = 0.05
"""Standard deviation of the grey within that window, as a share of the film's contrast, of hardly any texture."""
_EDGE_SLOPE: Final = 12.0
_WHITE: Final = 0.95
_BLACK: Final = 0.05


@dataclass(frozen=True, eq=False)
class SquareFilm:
    """A film as the network sees it: its (S, S) grey, and what the features of all its outlines are sampled from."""

    grey: Grey

    @cached_property
    def smooth(self) -> Grey:
        """The grey without the finest grain."""
        return np.asarray(cv2.GaussianBlur(self.grey, (0, 0), 1.0), dtype=np.float32)

    @cached_property
    def flat(self) -> Mask:
        """Where there is no texture at all: clipped, covered or outside the film."""
        return np.asarray(np.abs(cv2.Laplacian(self.grey, cv2.CV_32F)) < 1e-4)

    @cached_property
    def part(self) -> tuple[slice, slice]:
        """The rows and columns of the square that show film, and not what it was padded with; all of a black film."""
        rows, cols = (np.flatnonzero(self.grey.any(axis=axis)) for axis in (1, 0))
        if len(rows) == 0:
            return slice(0, self.grey.shape[0]), slice(0, self.grey.shape[1])
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)

    @cached_property
    def _dark_and_light(self) -> tuple[float, float]:
        dark, light = np.quantile(self.grey[self.part][::4, ::4], (0.1, 0.9))
        return float(dark), float(light)

    @property
    def dark(self) -> float:
        """The grey of the film's dark parts."""
        return self._dark_and_light[0]

    @property
    def contrast(self) -> float:
        """The difference between light and dark parts."""
        return max(self._dark_and_light[1] - self.dark, 0.05)

    @cached_property
    def texture(self) -> Grey:
        """The grey's standard deviation within a small window, in units of the contrast."""
        window = (_TEXTURE, _TEXTURE)
        mean, mean_square = cv2.blur(self.grey, window), cv2.blur(self.grey * self.grey, window)
        return np.asarray(np.sqrt(np.maximum(mean_square - mean * mean, 0)) / self.contrast, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class StructureMaps:
    """One structure: the film's square, the (S, S) probability map, and masks from it.

    ``mask`` is that of the map, ``pass_masks`` are those of the passes, or at other thresholds of the only pass.
    """

    film: SquareFilm
    map: NDArray[np.float32]
    mask: Mask
    pass_masks: tuple[Mask, ...]

    @cached_property
    def outline(self) -> Outline:
        """The outline of the mask, which is not empty."""
        return outline_of(self.mask)


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


def _worst_mean(values: NDArray[np.floating], share: float) -> float:
    """The mean of the highest ``share`` of the values."""
    count = max(1, int(share * values.size))
    return float(np.sort(values, axis=None)[-count:].mean())


def _outline_features(structure: StructureMaps) -> dict[str, float]:
    """Features of the outline's worst parts: a mean along all of it tells little of what hides a part of it.

    ``edgeless``: no edge of the outline's usual direction in its worse half. ``hidden``: no texture on either side in
    its worst quarter. ``steps``: the sharpest edges near its worst quarter, as of plates and devices. ``white`` and
    ``black``: the share of it with the film's brightest or darkest grey on both sides.
    """
    film, outline = structure.film, structure.outline
    side = structure.mask.shape[0]
    across = outline.across(film.smooth, _ACROSS * side)
    edges = (across[:, _INSIDE].mean(axis=1) - across[:, _OUTSIDE].mean(axis=1)) / film.contrast
    towards = edges if edges.mean() > 0 else -edges
    least_texture = outline.across(film.texture, _BESIDE * side).min(axis=1)
    steepest = np.abs(np.diff(across, axis=1)).max(axis=1) / film.contrast
    return {
        "edgeless": float(1 / (1 + np.exp(_EDGE_SLOPE * -_worst_mean(-towards, 0.5)))),
        "hidden": _worst_mean(1 / (1 + least_texture / _USUAL_TEXTURE), 0.25),
        "steps": min(1.0, _worst_mean(steepest, 0.25)),
        "white": float((across.min(axis=1) > _WHITE).mean()),
        "black": float((across.max(axis=1) < _BLACK).mean()),
    }


def _within_frame(mask: Mask) -> Mask:
    """A mask that fills its square, which has no outline, without the square's edge."""
    inner, edge = np.zeros_like(mask), max(4, mask.shape[0] // 32)
    inner[edge:-edge, edge:-edge] = True
    return inner


def mask_features(structure: StructureMaps) -> dict[str, float]:
    """All features of one structure's mask; empty where nothing was found."""
    if structure.mask.all():
        structure = replace(structure, mask=_within_frame(structure.mask))
    mask, mean = structure.mask, structure.map
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
        "stray": _stray(mean, mask),
        "faintness": _faintness(structure.film.grey, inner, outer),
        "flatness": float(structure.film.flat[rim].mean()),
        **_outline_features(structure),
    }
