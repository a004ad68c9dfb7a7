"""The partly labelled chest sets, decoded and resized once into one array file.

Each pixel has two bit fields with a bit for each structure: ``target`` (the structure is there) and ``known`` (the set
labels it). The loss leaves out what a set does not label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import aasce_films, column_mask, read_grey
from radcaliper.learning.datasets.split import fold_of
from radcaliper.measurements.types import Mask
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.models.inference.letterbox import Letterbox


@dataclass(frozen=True)
class LabelledFilm:
    """One training film: grey (H, W) in [0, 1], targets and known by structure, both (H, W) bool."""

    name: str
    fold: int
    grey: NDArray[np.float32]
    targets: dict[str, Mask]
    known: dict[str, Mask]
    patient: str = ""
    """The patient group; films of one share it."""


def read_manifest(data: Path) -> pd.DataFrame:
    """The table of the chest films under ``data``, a row a film, all of it text."""
    return pd.read_csv(data / "chest" / "manifest.csv", keep_default_na=False, dtype=str)


def read_mask(path: Path) -> Mask:
    """A mask file as (H, W) bool."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 0


def _read_masks(folder: Path, name: str, structures: str) -> dict[str, Mask]:
    found = {}
    for structure in structures.split(";"):
        path = folder / "masks" / structure / f"{Path(name).stem}.png"
        if path.exists():
            found[structure] = read_mask(path)
    return found


def partial_labels(masks: dict[str, Mask], shape: tuple[int, int]) -> tuple[dict[str, Mask], dict[str, Mask]]:
    """(targets, known) by structure, from the masks that a set has.

    Lungs drawn through the heart or the cardiomediastinum lose the part behind it. A mask of both lungs together tells
    only where no lung is. The heart lies inside the cardiomediastinum, which lies outside the lungs.
    """
    masks = dict(masks)
    everywhere, nowhere = np.ones(shape, bool), np.zeros(shape, bool)
    mediastinum, both, heart = masks.get("cardiomediastinum"), masks.pop("lungs", None), masks.get("heart")
    if mediastinum is not None:
        masks |= {lung: masks[lung] & ~mediastinum for lung in ("right_lung", "left_lung") if lung in masks}
    elif heart is not None:
        masks |= {lung: masks[lung] & ~heart for lung in ("right_lung", "left_lung") if lung in masks}
    targets = {name: mask for name, mask in masks.items() if name in CHEST_STRUCTURES}
    known = dict.fromkeys(targets, everywhere)
    if both is not None:
        targets |= {"right_lung": nowhere, "left_lung": nowhere}
        known |= {"right_lung": ~both, "left_lung": ~both}
    if mediastinum is not None and heart is None:
        targets["heart"], known["heart"] = nowhere, ~mediastinum
    if heart is not None and mediastinum is None and {"right_lung", "left_lung"} <= targets.keys():
        lungs = targets["right_lung"] | targets["left_lung"]
        targets["cardiomediastinum"], known["cardiomediastinum"] = heart & ~lungs, heart | lungs
    return targets, known


def chest_films(data: Path, fold: int | None = None) -> Iterator[LabelledFilm]:
    """Every film of the chest manifest under ``data``, or those of one fold alone."""
    manifest = read_manifest(data)
    if fold is not None:
        manifest = manifest[manifest.patient_group.map(fold_of) == fold]
    for row in manifest.itertuples():
        path = data / str(row.image)
        grey = read_grey(path)
        masks = _read_masks(path.parent.parent, path.name, str(row.structures))
        shape = (grey.shape[0], grey.shape[1])
        targets, known = partial_labels(masks, shape)
        yield LabelledFilm(
            str(row.image), fold_of(str(row.patient_group)), grey, targets, known, str(row.patient_group)
        )


def spine_films(data: Path) -> Iterator[LabelledFilm]:
    """The AASCE films as chests with a labelled spine: corner quads filled, unknown above and below them."""
    for film in aasce_films(data):
        column = column_mask(film)
        top, bottom = int(film.corners[..., 0].min()), int(film.corners[..., 0].max())
        end = min(len(column), int(top + 0.72 * (bottom - top)))  # a chest exposure ends near L1
        begin = max(0, top - int(0.04 * (bottom - top)))
        known = np.zeros(film.grey.shape, bool)
        known[top:bottom] = True
        part = slice(begin, end)
        targets, sure = {"spine": column[part]}, {"spine": known[part]}
        yield LabelledFilm(film.name, film.fold, film.grey[part], targets, sure)


def _bits(fields: dict[str, Mask], box: Letterbox) -> NDArray[np.uint8]:
    packed = np.zeros((box.rows, box.cols), np.uint8)
    for bit, structure in enumerate(CHEST_STRUCTURES):
        if structure in fields:
            packed |= (box.forward(fields[structure].astype(np.float32)) >= 0.5).astype(np.uint8) << np.uint8(bit)
    return packed


def pack(films: Iterable[LabelledFilm], size: int, output: Path) -> None:
    """Write films as (N, size, size) uint8 arrays ``grey``, ``target``, ``known``, with ``fold`` and ``name``."""
    packed = []
    for film in films:
        box = Letterbox.square(film.grey.shape[0], film.grey.shape[1], size)
        grey = (box.forward(film.grey) * 255).astype(np.uint8)
        packed.append((grey, _bits(film.targets, box), _bits(film.known, box), film.fold, film.name))
    grey_all, target, known, fold, name = zip(*packed, strict=True)
    np.savez(output, grey=np.stack(grey_all), target=np.stack(target), known=np.stack(known), fold=fold, name=name)
