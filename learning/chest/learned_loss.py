"""Learn the loss of Dice of lungs and hearts: ``python -m radcaliper.learning.chest.learned_loss DATA QC_FOLDER``.

Trees learn it on the films that the network was trained on, damaged so that it errs, and are written to
``learned_loss.npz``. The held-out films remain for calibrating and judging. It needs scikit-learn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from radcaliper.learning.boosting import fitted_trees
from radcaliper.learning.chest.film_copies import CLEAN, KINDS, damaged_by, undamaged_film
from radcaliper.learning.chest.labels import labelled_everywhere, labels_swapped
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.base import predict_bone_bright
from radcaliper.pipelines.protocols.chest.predict import predict_by
from radcaliper.qc.features import unlearned_features
from radcaliper.qc.gates.chest import appears_inverted
from radcaliper.qc.learned_loss import LOSS_OFFSET, loss_descriptors

_DAMAGED: Final = 13
"""Damaged copies of each film."""
_OFTEN: Final = {"opacity": 2.2, "white hemithorax": 2.0, "device": 1.5, "shield": 1.5, "overexposed base": 1.5}
"""How often a kind of damage is drawn, others being 1: what covers borders is hardest to see,"""
_SELDOM: Final = {"rotation": 0.7, "crop": 0.7, "weak network": 0.3}
"""and these are easy, or slow to draw."""
_SIDE: Final = 512
"""Pixels of the longest side that films are reduced to."""
_SEED: Final = 1000


def _reduced(film: FilmWithMasks) -> FilmWithMasks:
    scale = _SIDE / max(film.grey.shape)
    if scale >= 1:
        return film
    size = round(film.grey.shape[1] * scale), round(film.grey.shape[0] * scale)

    def smaller(image: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA))

    return FilmWithMasks(smaller(film.grey), {name: smaller(mask) > 0.5 for name, mask in film.masks.items()})


def _drawn_kinds(number: int) -> list[str]:
    weights = np.array([{**_OFTEN, **_SELDOM}.get(kind, 1.0) for kind in KINDS])
    drawn = np.random.default_rng(number).choice(len(KINDS), _DAMAGED, p=weights / weights.sum())
    return [KINDS[place] for place in drawn]


def _rows(number: int, film: LabelledFilm) -> Iterator[tuple[dict[str, float], float]]:
    """The descriptors and the true loss of each labelled mask of lungs and heart, on the film and its copies."""
    undamaged = _reduced(undamaged_film(film))
    for place, kind in enumerate((CLEAN, *_drawn_kinds(number))):
        network, content = damaged_by(undamaged, kind, (_SEED + number, place))
        predict = partial(predict_by, network)
        _, prediction = predict_bone_bright(Radiograph(content.grey), predict, appears_inverted)
        for name, described in loss_descriptors(prediction, unlearned_features(prediction)).items():
            if name in content.masks and content.masks[name].any():
                yield described, 1 - dice(prediction.masks[name], content.masks[name])


def main() -> None:
    """Draw the copies, fit the trees and write them."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    films = (film for fold in range(FOLDS) if fold != HELD_OUT_FOLD for film in chest_films(data, fold))
    usable = (film for film in films if labelled_everywhere(film) and not labels_swapped(film))
    numbered = track(enumerate(usable), "damaging films", total=None, console=Console(stderr=True))
    rows = [row for number, film in numbered for row in _rows(number, film)]
    trees = fitted_trees(
        [described for described, _ in rows], np.log(np.array([loss for _, loss in rows]) + LOSS_OFFSET)
    )
    np.savez_compressed(qc / "learned_loss.npz", allow_pickle=False, **trees.as_arrays())


if __name__ == "__main__":
    main()
