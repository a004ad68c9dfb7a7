"""Real hip and pelvis films with two readings by eye, made apart and not by clinicians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import read_grey

READERS: Final = ("a", "b")
_FOLDER: Final = Path("hip") / "real_bonebreak"


class Verdict(StrEnum):
    """What a reader would do with one side of a film."""

    YES = "yes"
    DOUBTFUL = "doubtful"
    NO = "no"


@dataclass(frozen=True)
class HipSide:
    """One side as it was read: by reader, whether its angle should be measured; the angles that were read, in degrees.

    ``clear`` if both read an angle and neither called it poor.
    """

    verdicts: tuple[Verdict, ...]
    angles: tuple[float, ...]
    clear: bool

    @property
    def angle(self) -> float:
        """The mean of the readings, in degrees."""
        return float(np.mean(self.angles))


@dataclass(frozen=True)
class RealHipFilm:
    """One film: grey (H, W) in [0, 1], its patient's group, and its sides by ``right`` and ``left``."""

    name: str
    patient: str
    grey: NDArray[np.float32]
    sides: Mapping[str, HipSide]


def _side(verdicts: tuple[Verdict, ...], rows: pd.DataFrame) -> HipSide:
    readings = [(row[f"ccd_{r}"], row[f"confidence_{r}"]) for _, row in rows.iterrows() for r in READERS]
    read = [(float(angle), confidence) for angle, confidence in readings if not pd.isna(angle)]
    clear = len(read) == len(READERS) and all(confidence != "poor" for _, confidence in read)
    return HipSide(verdicts, tuple(angle for angle, _ in read), clear)


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
        yield RealHipFilm(str(film.image), str(film.patient_group), read_grey(path), sides)
