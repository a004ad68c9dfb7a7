"""Real hip and pelvis films with two readings by eye, made apart and not by clinicians."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import read_grey
from radcaliper.measurements.hip.axes import FemurAxes

READERS: Final = ("a", "b")
_FOLDER: Final = Path("hip") / "real_bonebreak"


class Verdict(StrEnum):
    """What a reader would do with one side of a film."""

    YES = "yes"
    DOUBTFUL = "doubtful"
    NO = "no"


@dataclass(frozen=True)
class HipSide:
    """One side as it was read: by reader, whether its angle should be measured; the axes that were drawn, in pixels.

    ``clear`` if both drew axes and neither called them poor.
    """

    verdicts: tuple[Verdict, ...]
    drawn: tuple[FemurAxes, ...]
    clear: bool

    def reading(self, measure: Callable[[FemurAxes], float]) -> float:
        """The mean of a number over the readers' axes; there must be some."""
        return float(np.mean([measure(axes) for axes in self.drawn]))

    @property
    def angle(self) -> float:
        """The mean of the neck-shaft angles that were read, in degrees."""
        return self.reading(FemurAxes.ccd_angle)


@dataclass(frozen=True)
class RealHipFilm:
    """One film: grey (H, W) in [0, 1], its patient's group, and its sides by ``right`` and ``left``.

    ``growth_plates`` says whether these are open; None where the readers disagree.
    """

    name: str
    patient: str
    grey: NDArray[np.float32]
    sides: Mapping[str, HipSide]
    growth_plates: bool | None


def _place(row: pd.Series, name: str, reader: str) -> NDArray[np.float64]:
    return np.array([row[f"{name}_row_{reader}"], row[f"{name}_col_{reader}"]], dtype=np.float64)


def _axes(row: pd.Series, reader: str) -> FemurAxes:
    head, neck, upper, lower = (_place(row, name, reader) for name in ("head", "neck", "shaft1", "shaft2"))
    return FemurAxes(head, float(row[f"head_radius_{reader}"]), neck, upper, lower)


def _side(verdicts: tuple[Verdict, ...], rows: pd.DataFrame) -> HipSide:
    read = [(row, reader) for _, row in rows.iterrows() for reader in READERS if not pd.isna(row[f"ccd_{reader}"])]
    clear = len(read) == len(READERS) and all(row[f"confidence_{reader}"] != "poor" for row, reader in read)
    return HipSide(verdicts, tuple(_axes(row, reader) for row, reader in read), clear)


def _growth_plates(film: pd.Series) -> bool | None:
    """By the age groups that were read: of adults they are closed, of all others open."""
    read = {not str(film[f"age_group_{reader}"]).startswith("adult") for reader in READERS}
    return read.pop() if len(read) == 1 else None


def real_hip_films(data: Path) -> Iterator[RealHipFilm]:
    """The films under ``data``; none where the folder has no readings."""
    folder = data / _FOLDER
    if not (folder / "ccd.csv").is_file():
        return
    readings, films = pd.read_csv(folder / "ccd.csv"), pd.read_csv(folder / "films.csv")
    for _, film in films.iterrows():
        sides = {}
        for side in ("right", "left"):
            verdicts = tuple(Verdict(film[f"measure_{side}_{reader}"]) for reader in READERS)
            sides[side] = _side(verdicts, readings[(readings.image == film.image) & (readings.side == side)])
        path = folder / "images" / str(film.image)
        yield RealHipFilm(str(film.image), str(film.patient_group), read_grey(path), sides, _growth_plates(film))
