"""Which view a film is, and how it lies: one pass of a small network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.forward import Network, forward
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.normalize import grey_range, scale_grey
from radcaliper.models.view.kinds import KINDS, TURNS, VIEWS, part_of, view_of

BUNDLE: Final = "view"
SIZE: Final = 224
"""Pixels of the side of the square that the network looks at."""
UNSURE_BELOW: Final = 0.8
"""Probability of a view under which it is not taken for sure: chosen on folds 1 to 4, each judged by other weights."""
_MIRRORED_FROM: Final = 0.35
"""Probability from which a chest is told mirrored.

On folds 1 to 4, each judged by other weights, the highest in steps of 0.05 that names 98.5 % of mirrored chests."""
_OVERSAMPLED: Final = 4
"""Pixels of the film that are looked at for each of the square, along a side."""


@dataclass(frozen=True)
class ViewPrediction:
    """What a film is.

    ``view`` is the likeliest of VIEWS and ``part`` the likeliest part of a spine (``whole``, ``thoracic``,
    ``lumbar``) or the patient's side of a hip (``right``, ``left``), empty for other views. ``turns`` is the number
    of quarter turns counter-clockwise, 0 to 3, that put the film upright, as ``numpy.rot90`` counts them.
    Probabilities are 0 to 1; ``mirrored`` means something for an upright frontal chest only: ask again of a
    film that was turned.
    """

    view: str
    part: str
    probability: float
    probabilities: Mapping[str, float]
    turns: int
    turns_probability: float
    mirrored: float
    negative: float

    @property
    def is_unsure(self) -> bool:
        """Whether the view's probability is too low to rely on."""
        return self.probability < UNSURE_BELOW

    @property
    def is_mirrored(self) -> bool:
        """Whether an upright frontal chest is mirrored; False for other views."""
        return self.view == "frontal_chest" and self.mirrored > _MIRRORED_FROM


def view_square(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """A film (H, W) of any grey values as the network sees it: (224, 224) in [0, 1], its aspect kept."""
    step = max(1, max(pixels.shape) // (_OVERSAMPLED * SIZE))
    coarse = np.ascontiguousarray(pixels[::step, ::step])
    box = Letterbox.square(coarse.shape[0], coarse.shape[1], SIZE)
    return box.pad(scale_grey(box.shrink(coarse), *grey_range(coarse)))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) probabilities, one of which holds."""
    likely = np.exp(logits - logits.max())
    return np.asarray(likely / likely.sum())


def prediction_of(logits: NDArray[np.float32]) -> ViewPrediction:
    """What (kinds + 6,) logits say: kinds, turns, mirrored, negative."""
    answer = logits.astype(np.float64)
    kinds = _softmax(answer[: len(KINDS)])
    turns = _softmax(answer[len(KINDS) : len(KINDS) + TURNS])
    mirrored, negative = 1 / (1 + np.exp(-answer[len(KINDS) + TURNS :]))
    views = dict.fromkeys(VIEWS, 0.0)
    for each, probability in zip(KINDS, kinds, strict=True):
        views[view_of(each)] += float(probability)
    view = max(views, key=views.__getitem__)
    kind = max((kind for kind in KINDS if view_of(kind) == view), key=lambda each: kinds[KINDS.index(each)])
    upright = int(turns.argmax())
    return ViewPrediction(
        view, part_of(kind), views[view], views, upright, float(turns[upright]), float(mirrored), float(negative)
    )


def predict_by(network: Network, pixels: NDArray[np.float32]) -> ViewPrediction:
    """What a given network says of a film's pixels (H, W), bone bright."""
    return prediction_of(forward(network, view_square(pixels)[None])[0])


def predict_view(film: Radiograph) -> ViewPrediction:
    """What the shipped network says of a film. Raises KeyError or BrokenBundle where the bundle is missing."""
    return predict_by(load_predictor(BUNDLE), film.pixels)
