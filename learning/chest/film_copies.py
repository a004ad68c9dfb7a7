"""Copies of labelled chest films with the network's predictions: undamaged, damaged, and by a weakened network.

Copies for calibrating and copies for judging are different random draws of every damage.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import track

from radcaliper.learning.chest.labels import labelled_everywhere, labels_swapped
from radcaliper.learning.chest.weakened_network import weakened
from radcaliper.learning.damage import DAMAGES, FilmWithMasks, damaged
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.measurements.types import Mask, Prediction, Radiograph
from radcaliper.models.inference.loading import load_network
from radcaliper.models.inference.segment import segment_by
from radcaliper.pipelines.protocols.base import predict_bone_bright
from radcaliper.pipelines.protocols.chest.analyse import BUNDLE, predict
from radcaliper.qc.gates.chest import appears_inverted

CLEAN: Final = "clean"
WEAK: Final = "weak network"
_WEAKNESS: Final = (0.05, 0.35)
"""Range of the relative error of a weakened network's filters."""
_COPIES: Final = 3
"""Damaged copies of a film for each purpose. The kinds of damage rotate over the films."""


class Purpose(IntEnum):
    """What a damaged copy is for. It seeds the damage."""

    CALIBRATING = 0
    JUDGING = 1


@dataclass(frozen=True, eq=False)
class FilmCopy:
    """One copy of a labelled film: the radiograph as predicted on, the known masks, and the prediction."""

    film: LabelledFilm
    damage: str
    purpose: Purpose
    radiograph: Radiograph
    truth: dict[str, Mask]
    prediction: Prediction

    @property
    def dataset(self) -> str:
        """The set that the film is from."""
        return Path(self.film.name).parts[-3]


def usable_films(data: Path) -> Iterator[LabelledFilm]:
    """Held-out chest films with at least one mask that is known on the whole film."""
    for film in chest_films(data, HELD_OUT_FOLD):
        if labelled_everywhere(film) and not labels_swapped(film):
            yield film


Result = TypeVar("Result")


def map_films(data: Path, function: Callable[[int, LabelledFilm], Result], description: str) -> Iterator[Result]:
    """Apply ``function`` to the number and content of each usable film, one film a core; results in the films' order.

    A progress bar on stderr bears the ``description``.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    films = list(usable_films(data))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(function, range(len(films)), films)
        yield from track(results, description, total=len(films), console=Console(stderr=True))


def _film_copy(
    film: LabelledFilm,
    damage: str,
    purpose: Purpose,
    content: FilmWithMasks,
    predict: Callable[[Radiograph], Prediction] = predict,
) -> FilmCopy:
    radiograph, prediction = predict_bone_bright(Radiograph(content.grey), predict, appears_inverted)
    return FilmCopy(film, damage, purpose, radiograph, content.masks, prediction)


def _damage_kinds(number: int, purpose: Purpose) -> list[str]:
    """The kinds of damage of one film's copies. Over the films, all kinds are used equally often."""
    kinds = [*DAMAGES, WEAK]
    first = (number * _COPIES + purpose * _COPIES) % len(kinds)
    return [kinds[(first + step) % len(kinds)] for step in range(_COPIES)]


def film_copies(film: LabelledFilm, number: int, purposes: tuple[Purpose, ...]) -> Iterator[FilmCopy]:
    """The undamaged film, then damaged copies for each purpose. The film's ``number`` seeds the damage."""
    undamaged = FilmWithMasks(film.grey, {name: film.targets[name] for name in labelled_everywhere(film)})
    yield _film_copy(film, CLEAN, Purpose.CALIBRATING, undamaged)
    for purpose in purposes:
        for place, kind in enumerate(_damage_kinds(number, purpose)):
            seed = (number, place, purpose)
            if kind != WEAK:
                yield _film_copy(film, kind, purpose, damaged(undamaged, kind, seed))
                continue
            rng = np.random.default_rng(seed)
            weak = weakened(load_network(BUNDLE), float(rng.uniform(*_WEAKNESS)), int(rng.integers(2**31)))
            yield _film_copy(film, WEAK, purpose, undamaged, partial(segment_by, weak, bundle=BUNDLE))
