"""The network's looks at labelled chest films: as they are, damaged, and by a weakened network.

Copies for calibrating and copies for judging are different draws of every damage.
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
from radcaliper.learning.chest.weaken import weakened
from radcaliper.learning.damage import DAMAGES, Picture, damaged
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
_COPIES: Final = 3
"""Damaged copies of a film for each purpose; the kinds take turns."""


class Purpose(IntEnum):
    """What a damaged copy is for; it seeds the damage."""

    CALIBRATING = 0
    JUDGING = 1


@dataclass(frozen=True, eq=False)
class Look:
    """One copy of a labelled film as the network saw it, with the masks that are known of it."""

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
    """Held-out chest films with a mask to compare with."""
    for film in chest_films(data, HELD_OUT_FOLD):
        if labelled_everywhere(film) and not labels_swapped(film):
            yield film


Made = TypeVar("Made")


def over_films(data: Path, make: Callable[[int, LabelledFilm], Made], what: str) -> Iterator[Made]:
    """What ``make`` makes of the number and content of each usable film, in their order; a film a core at a time."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    films = list(usable_films(data))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(make, range(len(films)), films)
        yield from track(made, what, total=len(films), console=Console(stderr=True))


def _look(
    film: LabelledFilm,
    damage: str,
    purpose: Purpose,
    picture: Picture,
    predict: Callable[[Radiograph], Prediction] = predict,
) -> Look:
    radiograph, prediction = predict_bone_bright(Radiograph(picture.grey), predict, appears_inverted)
    return Look(film, damage, purpose, radiograph, picture.masks, prediction)


def _kinds(number: int, purpose: Purpose) -> list[str]:
    """The damages of one film's copies: every kind comes round as often over the films."""
    kinds = [*DAMAGES, WEAK]
    first = (number * _COPIES + purpose * _COPIES) % len(kinds)
    return [kinds[(first + step) % len(kinds)] for step in range(_COPIES)]


def looks(film: LabelledFilm, number: int, purposes: tuple[Purpose, ...]) -> Iterator[Look]:
    """The film as it is, then damaged copies for each of the purposes; ``number`` is the film's, for the seeds."""
    whole = Picture(film.grey, {name: film.targets[name] for name in labelled_everywhere(film)})
    yield _look(film, CLEAN, Purpose.CALIBRATING, whole)
    for purpose in purposes:
        for place, kind in enumerate(_kinds(number, purpose)):
            seed = (number, place, purpose)
            if kind != WEAK:
                yield _look(film, kind, purpose, damaged(whole, kind, seed))
                continue
            rng = np.random.default_rng(seed)
            weak = weakened(load_network(BUNDLE), float(rng.uniform(*_WEAKNESS)), int(rng.integers(2**31)))
            yield _look(film, WEAK, purpose, whole, partial(segment_by, weak, bundle=BUNDLE))
