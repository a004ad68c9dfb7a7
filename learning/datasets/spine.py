"""The labelled spine films: corners of every vertebra from the top down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.datasets.split import fold_of
from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.measurements.types import Mask
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.spine.outlines import column_outline, filled


@dataclass(frozen=True)
class SpineFilm:
    """One film: grey (H, W) in [0, 1], its vertebrae, and the level of the highest (1 is T1) or None if unknown."""

    name: str
    fold: int
    grey: NDArray[np.float32]
    corners: Corners
    first_level: int | None = 1
    patient: str = ""
    """The patient group; films of one share it."""


def read_grey(path: Path) -> NDArray[np.float32]:
    """An 8-bit film as grey in [0, 1]; ValueError if it is not readable."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise ValueError(f"{path}: not a readable image")
    return normalize_grey(image.astype(np.float32))


def ordered(quads: NDArray[np.float64]) -> Corners:
    """(N, 4, 2) corners as (x, y), vertebrae in any order, to (row, col) from the top down."""
    corners = quads[..., ::-1]
    return np.ascontiguousarray(corners[np.argsort(corners[..., 0].mean(axis=1))])


def aasce_films(data: Path) -> Iterator[SpineFilm]:
    """The AASCE films; vertebrae that the table lists out of order are sorted."""
    table = pd.read_csv(data / "spine" / "aasce" / "landmarks.csv")
    columns = [column for column in table.columns if column.startswith("v") and column[1:3].isdigit()]
    for _, row in table.iterrows():
        quads = row[columns].to_numpy(np.float64).reshape(-1, 4, 2)
        name = str(row["image"])
        patient = str(row["patient_group"])
        yield SpineFilm(name, fold_of(patient), read_grey(data / name), ordered(quads), patient=patient)


def synthetic_films(data: Path) -> Iterator[SpineFilm]:
    """The generated Spinal-AI2024 films, for training only; each is its own group, and its levels are not known."""
    table = pd.read_csv(data / "spine" / "spinal_ai2024" / "landmarks.csv")
    for row in table.itertuples():
        quads = np.array(json.loads(str(row.quads)), np.float64).reshape(-1, 4, 2)
        name = str(row.image)
        yield SpineFilm(name, fold_of(name), read_grey(data / name), ordered(quads), first_level=None)


def column_mask(film: SpineFilm) -> Mask:
    """(H, W) mask of the whole column: vertebrae and discs from the first upper to the last lower end plate."""
    return filled((film.grey.shape[0], film.grey.shape[1]), column_outline(film.corners)).mask
