"""Changed copies of every film, made once, and what the frozen encoder sees in them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from radcaliper.learning.view.augment import Shown, changed, laid, plain
from radcaliper.learning.view.films import (
    ViewFilm,
    chests,
    dicom_films,
    generated_spines,
    halves_of_pelves,
    hips,
    others,
    parts_of_spines,
    shoulders_of_chests,
    whole_spines,
)
from radcaliper.learning.view.simulated import ct_lateral_spines, ct_projections, femoral_shafts, simulated_hips
from radcaliper.models.view.kinds import KINDS
from radcaliper.models.view.network import ViewNetwork

log = logging.getLogger(__name__)

COPIES: Final = {
    "jsrt": 4,
    "wingspan": 4,
    "covid100": 8,
    "v7": 5,
    "picc": 8,
    "unlabelled": 6,
    "aasce": 4,
    "aasce_part": 2,
    "fraiwan": 12,
    "spinal_ai2024": 1,
    "limb_or_shoulder_unsorted": 40,
    "shoulder": 60,
    "skull": 100,
    "mr_or_ct": 60,
    "lateral_chest": 60,
    "lateral_spine": 150,
    "lateral_lumbar": 150,
    "infant_pelvis": 120,
    "real_bonebreak": 80,
    "hip_real": 80,
    "half_pelvis": 30,
    "dicom": 60,
    "simulated_hip": 14,
    "femoral_shaft": 3,
    "corner_of_chest": 1,
    "ct_projection": 6,
    "ct_spine": 12,
}
"""How many changed copies there are of each film of a set; the rarer the view, the more."""
LAID: Final = 3
"""Further copies that are only laid otherwise, of films of sets that are not shown once or twice alone."""
EXPOSURES: Final = 100
PROJECTIONS: Final = 150
LATERAL_SPINES: Final = 50
_BATCH: Final = 16


@dataclass(frozen=True, eq=False)
class Copies:
    """N copies: (N, 4160) features, and the truth; ``kind`` is an index of KINDS."""

    features: NDArray[np.float16]
    kind: NDArray[np.int64]
    turns: NDArray[np.int64]
    mirrored: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    fold: NDArray[np.int64]
    name: NDArray[np.str_]
    dataset: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.kind)


def training_films(data: Path, ct: Path, work: Path) -> Iterator[ViewFilm]:
    """All films to learn from; simulated exposures are kept in ``work``."""
    exposures = work / "exposures"
    return chain(
        chests(data),
        whole_spines(data),
        generated_spines(data),
        parts_of_spines(data),
        others(data),
        hips(data),
        dicom_films(data),
        halves_of_pelves(hips(data)),
        shoulders_of_chests(chests(data)),
        simulated_hips(data, EXPOSURES, exposures),
        femoral_shafts(data, EXPOSURES, exposures),
        ct_projections(ct, PROJECTIONS),
        ct_lateral_spines(ct, LATERAL_SPINES),
    )


def shown_copies(films: Iterable[ViewFilm]) -> Iterator[tuple[ViewFilm, Shown]]:
    """Each film as it is, laid otherwise, and its changed copies."""
    for number, film in enumerate(films):
        rng = np.random.default_rng([0, number])
        yield film, plain(film.read(rng), film.kind)
        for _ in range(LAID if COPIES[film.dataset] > 3 else 0):
            yield film, laid(film.read(rng), film.kind, rng)
        for _ in range(COPIES[film.dataset]):
            yield film, changed(film.read(rng), film.kind, rng)


def _features(network: ViewNetwork, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.float16]:
    films = torch.from_numpy(np.stack(squares)[:, None].astype(np.float32) / 255)
    with torch.inference_mode():
        return np.asarray(network.features(films)[0].numpy(), np.float16)


def write_copies(films: Iterable[ViewFilm], network: ViewNetwork, output: Path) -> None:
    """Make the copies and write what the encoder of ``network`` sees in them to ``output`` (.npz)."""
    squares, seen, rows = [], [], []
    for film, shown in shown_copies(films):
        squares.append(shown.square)
        truth = KINDS.index(shown.kind), shown.turns, shown.mirrored, shown.negative
        rows.append((*truth, film.fold, film.name, film.dataset))
        if len(squares) == _BATCH:
            seen.append(_features(network, squares))
            squares.clear()
            if len(rows) % (100 * _BATCH) == 0:
                log.info("%d copies", len(rows))
    if squares:
        seen.append(_features(network, squares))
    columns = ("kind", "turns", "mirrored", "negative", "fold", "name", "dataset")
    truths = {column: np.array(values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)}
    np.savez(output, features=np.concatenate(seen), **truths)  # type: ignore[arg-type]


def read_copies(path: Path) -> Copies:
    """The copies that ``write_copies`` wrote."""
    with np.load(path) as arrays:
        return Copies(**{key: arrays[key] for key in arrays.files})
