"""Copies of labelled chest films with the network's predictions: undamaged, damaged, and by a weakened network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
from radcaliper.learning.damage import DAMAGES, damaged
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.types import Mask, Prediction, Radiograph
from radcaliper.models.inference.forward import Network
from radcaliper.models.inference.loading import load_network, load_predictor
from radcaliper.models.inference.torch_network import by_torch
from radcaliper.pipelines.protocols.base import predict_bone_bright
from radcaliper.pipelines.protocols.chest.predict import BUNDLE, predict_by
from radcaliper.qc.gates.chest import appears_inverted

CLEAN: Final = "clean"
WEAK: Final = "weak network"
KINDS: Final = (*DAMAGES, WEAK)
"""The kinds of damage."""
_WEAKNESS: Final = (0.03, 0.15)
"""Range of the relative error of a weakened network's filters."""
_LEFT_OUT: Final = 3
"""Each kind of damage is left out on every third film,"""
_OFTEN_REFUSED: Final = ("noise", WEAK)
"""but for those that leave few masks to judge."""


@dataclass(frozen=True, eq=False)
class FilmCopy:
    """One copy of a labelled film: the radiograph as predicted on, the known masks, the prediction and its network."""

    film: LabelledFilm
    damage: str
    radiograph: Radiograph
    truth: dict[str, Mask]
    prediction: Prediction
    network: Network

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


def _film_copy(film: LabelledFilm, damage: str, content: FilmWithMasks, network: Network) -> FilmCopy:
    radiograph, prediction = predict_bone_bright(
        Radiograph(content.grey), partial(predict_by, network), appears_inverted
    )
    return FilmCopy(film, damage, radiograph, content.masks, prediction, network)


def _kinds(number: int) -> list[str]:
    """The kinds of damage of one film's copies: all, but that each of most kinds is left out on every third film."""
    return [kind for place, kind in enumerate(KINDS) if kind in _OFTEN_REFUSED or (number + place) % _LEFT_OUT]


def undamaged_film(film: LabelledFilm) -> FilmWithMasks:
    """A film with those of its masks that are known everywhere."""
    return FilmWithMasks(film.grey, {name: film.targets[name] for name in sorted(labelled_everywhere(film))})


def damaged_by(undamaged: FilmWithMasks, kind: str, seed: tuple[int, ...]) -> tuple[Network, FilmWithMasks]:
    """The network and the film that one kind of damage makes: it is done to the one or to the other."""
    if kind == CLEAN:
        return load_predictor(BUNDLE), undamaged
    if kind != WEAK:
        return load_predictor(BUNDLE), damaged(undamaged, kind, seed)
    rng = np.random.default_rng(seed)
    weak = weakened(load_network(BUNDLE), float(rng.uniform(*_WEAKNESS)), int(rng.integers(2**31)))
    return by_torch(weak), undamaged


def film_copies(film: LabelledFilm, number: int) -> Iterator[FilmCopy]:
    """The undamaged film, then damaged copies. The film's ``number`` chooses and seeds the damages."""
    undamaged = undamaged_film(film)
    for kind in (CLEAN, *_kinds(number)):
        seed = () if kind == CLEAN else (number, KINDS.index(kind))
        network, content = damaged_by(undamaged, kind, seed)
        yield _film_copy(film, kind, content, network)
