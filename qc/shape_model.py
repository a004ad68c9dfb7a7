"""How a chest's lungs and heart look, by a statistical shape model: the mean and the main modes of labelled outlines.

Shapes are soft masks of both lungs and the heart on a small grid over the thorax's box. What ships is their mean and
modes (Cootes 1995, on occupancies in place of points); no film, and no single outline, can be got back from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.chest.extents import extent
from radcaliper.measurements.types import Mask, Masks

SHAPED: Final = ("right_lung", "left_lung", "heart")
_TABLE: Final = Path(__file__).resolve().parent / "thorax_modes.npz"
_SIDE: Final = 32
_SPAN: Final = 1.2
"""Side of the grid in thorax boxes: the heart may reach below the lungs."""
_FURTHEST: Final = 2.5
"""Standard deviations that a mode may be away from the mean."""
_NOISE: Final = 0.15
"""Standard deviation of an occupancy that the modes need not explain."""

Shape = NDArray[np.float64]
"""(3, 32, 32) occupancies, 0 to 1, of SHAPED."""


def shape_of(masks: Masks) -> Shape:
    """Occupancies over the box of both lungs; ValueError where a lung is missing."""
    lungs: Mask = masks["right_lung"] | masks["left_lung"]
    if not (masks["right_lung"].any() and masks["left_lung"].any()):
        raise ValueError("a lung is missing")
    box = extent(lungs)
    height, width = box.bottom - box.top + 1, box.right - box.left + 1
    scale = np.array([_SIDE / (_SPAN * width), _SIDE / (_SPAN * height)])
    middle = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    step = max(1, round(min(1 / scale) / 4))  # occupancies average four samples a side
    fine = _SIDE * 4
    matrix = np.zeros((2, 3))
    matrix[[0, 1], [0, 1]] = scale * 4 * step
    matrix[:, 2] = (fine - 1) / 2 - scale * 4 * middle
    shapes = []
    for name in SHAPED:
        coarse = np.ascontiguousarray(masks[name][::step, ::step]).astype(np.float32)
        warped = cv2.warpAffine(coarse, matrix, (fine, fine), flags=cv2.INTER_LINEAR)
        shapes.append(cv2.resize(warped, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA))
    return np.asarray(np.stack(shapes), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ShapeModel:
    """(3, 32, 32) ``mean`` and (K, 3, 32, 32) ``modes``, each a standard deviation long."""

    mean: Shape
    modes: NDArray[np.float64]

    def explained(self, shape: Shape, seen: NDArray[np.bool_]) -> Shape:
        """The likeliest shape given the parts (3,) that are ``seen``: modes by ridge, held near the mean."""
        basis = self.modes[:, seen].reshape(len(self.modes), -1).T
        target = (shape - self.mean)[seen].ravel()
        precision = basis.T @ basis + _NOISE**2 * np.eye(basis.shape[1])
        weights = np.clip(np.linalg.solve(precision, basis.T @ target), -_FURTHEST, _FURTHEST)
        return np.clip(self.mean + np.tensordot(weights, self.modes, axes=1), 0, 1)


@cache
def _model() -> ShapeModel:
    with np.load(_TABLE) as table:
        return ShapeModel(table["mean"].astype(np.float64), table["modes"].astype(np.float64))


def soft_dice(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Dice of two soft masks, 0 to 1; 1 when both are empty."""
    total = float(a.sum() + b.sum())
    return 1.0 if total == 0 else 2 * float(np.minimum(a, b).sum()) / total


def shape_features(masks: Masks) -> dict[str, dict[str, float]]:
    """By lung and heart, how far it is from any usual shape, and from the shape that the other two ask for: 0 to 1."""
    try:
        shape = shape_of(masks)
    except ValueError:
        return {name: {"unlike_shape": 1.0, "unlike_others": 1.0} for name in SHAPED}
    model, everything = _model(), np.ones(len(SHAPED), bool)
    whole = model.explained(shape, everything)
    features = {}
    for place, name in enumerate(SHAPED):
        others = everything.copy()
        others[place] = False
        asked = model.explained(shape, others)
        features[name] = {
            "unlike_shape": 1 - soft_dice(shape[place], whole[place]),
            "unlike_others": 1 - soft_dice(shape[place], asked[place]),
        }
    return features
