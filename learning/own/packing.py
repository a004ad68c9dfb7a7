"""The films of a folder, decoded and resized once into arrays that a training reads."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from radcaliper.learning.datasets.own_films import LabelledOwnFilm, NoFilms, OwnFolder
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD, VALIDATION_FOLD, fold_of
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.segment import network_square
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.protocols.view_gate import view_of_film

MOST_STRUCTURES: Final = 24
_FEWEST_PATIENTS: Final = 10
_FEWEST_FILMS: Final = 5
"""Films that must label a structure for it to be learned."""
_MOST_VIEWED: Final = 50
"""Films whose view is recognised, to find the protocol that they are of."""
_PIECE: Final = 0.1
"""Share of a mask's largest part from which another one is no speck."""
_OFTEN: Final = 0.2
OWN: Final = "own_"
"""What a structure's name begins with where the protocol has one of that name already."""


@dataclass(frozen=True, eq=False)
class PackedFolder:
    """The films of a folder as (N, S, S) arrays, as ``BitFieldFilms`` takes them, with each film's fold and name."""

    arrays: dict[str, NDArray[Any]]
    folds: NDArray[np.int64]
    names: tuple[str, ...]
    structures: tuple[str, ...]
    protocol: str
    in_pieces: tuple[str, ...] = ()
    """The structures whose masks often have several parts."""

    def part(self, folds: set[int]) -> dict[str, NDArray[Any]]:
        """The arrays of the films of some folds."""
        rows = np.flatnonzero(np.isin(self.folds, list(folds)))
        return {key: each[rows] for key, each in self.arrays.items()}


@dataclass(frozen=True)
class _Packed:
    grey: NDArray[np.uint8]
    masks: dict[str, NDArray[np.bool_]]
    name: str
    fold: int
    view: str


def _view(film: LabelledOwnFilm) -> str:
    """The protocol that surely measures such films; empty for none."""
    viewed = view_of_film(film.film)
    return next((name for name, each in PROTOCOLS.items() if each.views and viewed.shows(each.views)), "")


def _packed(film: LabelledOwnFilm, size: int, with_view: bool) -> _Packed:
    square, box = network_square(film.film, size)
    small = {name: _small(mask, box) for name, mask in film.masks.items()}
    view = _view(film) if with_view else ""
    return _Packed((square * 255).astype(np.uint8), small, film.source.name, fold_of(film.source.patient), view)


def _small(mask: NDArray[np.bool_], box: Letterbox) -> NDArray[np.bool_]:
    return np.asarray(box.forward(mask.astype(np.float32)) >= 0.5)


def _structures(films: list[_Packed], problems: list[str]) -> tuple[str, ...]:
    counts = Counter(name for film in films for name in film.masks)
    for name, count in counts.items():
        if count < _FEWEST_FILMS:
            problems.append(f"{name}: left out: {count} films label it, of {_FEWEST_FILMS} at least that it needs")
    kept = tuple(sorted(name for name, count in counts.items() if count >= _FEWEST_FILMS))
    if not kept:
        raise NoFilms(f"no structure is labelled on {_FEWEST_FILMS} films or more")
    if len(kept) > MOST_STRUCTURES:
        raise NoFilms(f"{len(kept)} structures: a bundle learns {MOST_STRUCTURES} at most; make several")
    return kept


def _has_pieces(mask: NDArray[np.bool_]) -> bool:
    """Whether a second part of a mask is no speck."""
    stats = cv2.connectedComponentsWithStats(mask.astype(np.uint8))[2]
    areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
    return len(areas) > 1 and bool(areas[1] > _PIECE * areas[0])


def _in_pieces(films: list[_Packed], structures: tuple[str, ...]) -> tuple[str, ...]:
    """The structures of which a fifth of the masks or more have several parts."""
    masks = {name: [film.masks[name] for film in films if name in film.masks] for name in structures}
    return tuple(name for name, own in masks.items() if np.mean(list(map(_has_pieces, own))) >= _OFTEN)


def _bits(films: list[_Packed], structures: tuple[str, ...], known: bool) -> NDArray[np.uint32]:
    fields = np.zeros((len(films), *films[0].grey.shape), np.uint32)
    for place, film in enumerate(films):
        for bit, name in enumerate(structures):
            if name in film.masks:
                shown = np.ones_like(fields[place]) if known else film.masks[name].astype(np.uint32)
                fields[place] |= shown << np.uint32(bit)
    return fields


def _check_folds(folder: OwnFolder, films: list[_Packed]) -> None:
    patients = len({film.patient for film in folder.films})
    empty = set(range(FOLDS)) - {film.fold for film in films}
    if patients < _FEWEST_PATIENTS or empty & {HELD_OUT_FOLD, VALIDATION_FOLD} or len(empty) == FOLDS - 2:
        raise NoFilms(
            f"{folder.data}: films of {patients} patients with masks are too few to learn from and to judge by"
            " (a fifth is left out to be judged, a fifth to choose the epoch): some sixty are a beginning"
        )


def pack_folder(folder: OwnFolder, size: int, output: Path, protocol: str | None) -> PackedFolder:
    """Read and resize all films, or take them from ``output`` if it is there.

    ``protocol`` is the one that the films are of, or empty for none; None to see. Raises NoFilms.
    """
    if output.exists():
        return _read(output)
    number = track(enumerate(folder.read()), "reading films", total=len(folder.films), console=Console(stderr=True))
    films = [_packed(film, size, protocol is None and place < _MOST_VIEWED) for place, film in number]
    if not films:
        raise NoFilms(f"{folder.data}: no film could be read with a mask")
    _check_folds(folder, films)
    structures = _structures(films, folder.problems)
    views = Counter(film.view for film in films[:_MOST_VIEWED])
    protocol = views.most_common(1)[0][0] if protocol is None else protocol
    packed = PackedFolder(
        {
            "grey": np.stack([film.grey for film in films]),
            "target": _bits(films, structures, known=False),
            "known": _bits(films, structures, known=True),
        },
        np.array([film.fold for film in films]),
        tuple(film.name for film in films),
        tuple(name_in_bundle(name, protocol) for name in structures),
        protocol,
        tuple(name_in_bundle(name, protocol) for name in _in_pieces(films, structures)),
    )
    _write(packed, output)
    return packed


def _write(packed: PackedFolder, output: Path) -> None:
    lists = {"names": packed.names, "structures": packed.structures, "in_pieces": packed.in_pieces}
    facts = json.dumps(lists | {"protocol": packed.protocol})
    part = output.with_suffix(".part.npz")
    np.savez(part, folds=packed.folds, facts=np.array(facts), allow_pickle=False, **packed.arrays)
    part.replace(output)


def _read(path: Path) -> PackedFolder:
    with np.load(path) as stored:
        facts = json.loads(str(stored["facts"]))
        arrays = {key: stored[key] for key in ("grey", "target", "known")}
        folds = stored["folds"]
    names, structures, pieces = (tuple(facts[key]) for key in ("names", "structures", "in_pieces"))
    return PackedFolder(arrays, folds, names, structures, facts["protocol"], pieces)


def name_in_bundle(structure: str, protocol: str) -> str:
    """The name that a structure has among the results: ``own_heart`` where the protocol has a heart of its own."""
    taken = {spec.name for spec in PROTOCOLS[protocol].structures} if protocol else set()
    return f"{OWN}{structure}" if structure in taken else structure
