"""Films of another hospital, squashed to squares: on how many a spine is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from radcaliper.learning.scores import Score
from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.types import Status
from radcaliper.pipelines.protocols.registry import analyse
from radcaliper.pipelines.reading import read_radiograph

_SET: Final = "fraiwan"
LABELS: Final = Path("spine/fraiwan/labels.csv")


def squashed_scores(data: Path) -> Iterator[Score]:
    """Whether a curve is measured, if for review, on each film under ``data``, by what its label says."""
    for film in pd.read_csv(data / LABELS).rename(columns={"class": "kind"}).itertuples():
        analysis = analyse(str(film.file), read_radiograph(data / LABELS.parent / "images" / str(film.file)), "spine")
        curves = [each for each in analysis.measurements if each.spec is COBB_ANGLE and each.value is not None]
        measured = analysis.status is not Status.REFUSED and bool(curves)
        yield Score(_SET, f"spine measured, {film.kind}", str(film.file), float(measured))
        yield Score(_SET, f"stretched, {film.kind}", str(film.file), float("stretched_film" in analysis.reasons))
