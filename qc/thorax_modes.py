"""A statistical shape model of lungs and heart: the mean and main modes of labelled masks (Cootes 1995).

A shape is given by occupancies in place of points: soft masks of both lungs and the heart on a small grid over the
thorax's box. The modes tell whether outlines are plausible; ``thorax_proportions`` does so for sizes and positions. No
film and no single outline can be recovered from the mean and the modes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.region import regions_of
from radcaliper.measurements.types import Masks

THORAX_STRUCTURES: Final = ("right_lung", "left_lung", "heart")
_TABLE: Final = Path(__file__).resolve().parent / "thorax_modes.npz"
_SIDE: Final = 32
_SPAN: Final = 1.2
"""Side of the grid in thorax boxes: the heart may reach below the lungs."""
_FURTHEST: Final = 2.5
"""Limit of a mode's weight, in standard deviations."""
_NOISE: Final = 0.15
"""Standard deviation of an occupancy about what the modes explain."""

Occupancies = NDArray[np.float64]
"""(3, 32, 32) shares, 0 to 1, of each grid cell that each of THORAX_STRUCTURES covers."""


def occupancies_of(masks: Masks) -> Occupancies:
    """Occupancies over the box of both lungs; ValueError where a lung is missing."""
    regions = regions_of(masks)
    right, left = regions["right_lung"], regions["left_lung"]
    if right.is_empty or left.is_empty:
        raise ValueError("a lung is missing")
    box = right.extent.joined(left.extent)
    height, width = box.rows, box.cols
    scale = np.array([_SIDE / (_SPAN * width), _SIDE / (_SPAN * height)])
    middle = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    step = max(1, round(min(1 / scale) / 4))  # occupancies average four samples a side
    fine = _SIDE * 4
    matrix = np.zeros((2, 3))
    matrix[[0, 1], [0, 1]] = scale * 4 * step
    matrix[:, 2] = (fine - 1) / 2 - scale * 4 * middle
    shapes = []
    for name in THORAX_STRUCTURES:
        coarse = regions[name].sampled(step).astype(np.float32)
        warped = cv2.warpAffine(coarse, matrix, (fine, fine), flags=cv2.INTER_LINEAR)
        shapes.append(cv2.resize(warped, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA))
    return np.asarray(np.stack(shapes), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ThoraxModes:
    """(3, 32, 32) ``mean`` and (K, 3, 32, 32) ``modes``, each a standard deviation long."""

    mean: Occupancies
    modes: NDArray[np.float64]

    def weights(self, shape: Occupancies, given: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(K,) the modes' weights given some of the structures, ``given`` (3,), by ridge regression."""
        basis, precision = self._regression(tuple(given.tolist()))
        return np.asarray(np.linalg.solve(precision, basis.T @ (shape - self.mean)[given].ravel()))

    @cache  # noqa: B019  there is one model
    def _regression(self, given: tuple[bool, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The modes of what is given as columns, and their precision (K, K)."""
        basis = self.modes[:, given].reshape(len(self.modes), -1).T
        return basis, basis.T @ basis + _NOISE**2 * np.eye(basis.shape[1])

    def shape_of(self, weights: NDArray[np.float64]) -> Occupancies:
        """The likeliest shape with these weights, none of them further out than is plausible."""
        held = np.clip(weights, -_FURTHEST, _FURTHEST)
        return np.clip(self.mean + np.tensordot(held, self.modes, axes=1), 0, 1)

    def fit(self, shape: Occupancies, given: NDArray[np.bool_]) -> Occupancies:
        """The likeliest shape given some of the structures, ``given`` (3,)."""
        return self.shape_of(self.weights(shape, given))


@cache
def thorax_model() -> ThoraxModes:
    """The model of the labelled films."""
    with np.load(_TABLE) as table:
        return ThoraxModes(table["mean"].astype(np.float64), table["modes"].astype(np.float64))


def soft_dice(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Dice of two soft masks, 0 to 1; 1 when both are empty."""
    total = float(a.sum() + b.sum())
    return 1.0 if total == 0 else 2 * float(np.minimum(a, b).sum()) / total


def thorax_features(masks: Masks) -> dict[str, dict[str, float]]:
    """By structure, 1 less its Dice with the model fitted to all three, and with that fitted to the other two."""
    try:
        shape = occupancies_of(masks)
    except ValueError:
        return {name: {"unlike_shape": 1.0, "unlike_others": 1.0} for name in THORAX_STRUCTURES}
    model, everything = thorax_model(), np.ones(len(THORAX_STRUCTURES), bool)
    fitted = model.fit(shape, everything)
    features = {}
    for place, name in enumerate(THORAX_STRUCTURES):
        others = everything.copy()
        others[place] = False
        expected = model.fit(shape, others)
        features[name] = {
            "unlike_shape": 1 - soft_dice(shape[place], fitted[place]),
            "unlike_others": 1 - soft_dice(shape[place], expected[place]),
        }
    return features
