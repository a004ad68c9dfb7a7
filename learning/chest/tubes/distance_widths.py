"""How wide the intervals of tubes' distances must be, from how far tips and carinas lie off on real films.

Few films have both a real tube and a labelled carina, so every error of a tip is paired with every error of a carina,
which are seen by different channels on different films. Errors are vertical, in mm of a thorax 300 mm wide and in
widths of the trachea.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.backgrounds import Background, backgrounds
from radcaliper.learning.chest.tubes.fold_models import fold_model
from radcaliper.learning.chest.tubes.real_films import THORAX_MM
from radcaliper.learning.conformal import COVERAGE, describe_coverage, parts, quantile, within_intervals
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.measurements.catalog import (
    CVC_TIP_TO_CARINA,
    ETT_TIP_TO_CARINA,
    ETT_TIP_TO_CARINA_TRACHEAL_WIDTHS,
)
from radcaliper.measurements.chest import find_carina
from radcaliper.measurements.region import Region
from radcaliper.measurements.tubes import tracheal_width
from radcaliper.measurements.types import Grid, NotMeasurable, Point, Radiograph
from radcaliper.models.tubes.candidates import Candidate, Candidates, tube_candidates
from radcaliper.models.tubes.predict import PRESENT
from radcaliper.qc.tube_intervals import HalfWidth

_SCALES: Final = ("mm", "tracheal_widths")
_USUAL_TRACHEA: Final = 0.062
"""The trachea's usual width as a share of the thorax's, where it is not seen."""
_MEASURED: Final = {
    "ett": (ETT_TIP_TO_CARINA.name, ETT_TIP_TO_CARINA_TRACHEAL_WIDTHS.name),
    "cvc": (CVC_TIP_TO_CARINA.name,),
}


@dataclass(frozen=True)
class PlaceError:
    """By how much one tip or carina lies too low on one film of a patient."""

    patient: str
    place: str
    mm: float
    tracheal_widths: float


@dataclass(frozen=True)
class DistanceError:
    """By how much one distance on one film of a patient is off."""

    patient: str
    name: str
    mm: float
    tracheal_widths: float


def _error(film: Background, place: str, found: Point, truth: Point, carina: Point | None) -> PlaceError:
    thorax = Region.of(film.masks["right_lung"] | film.masks["left_lung"]).extent.cols
    width = _USUAL_TRACHEA * thorax
    with suppress(NotMeasurable):
        width = width if carina is None else tracheal_width(film.masks["airways"], carina, Grid())
    off = found.row - truth.row
    return PlaceError(film.known.patient, place, off * THORAX_MM / thorax, off / width)


def _likeliest(seen: Candidates, kind: str) -> Candidate | None:
    present = [tube for tube in seen.tubes if tube.kind == kind and tube.presence >= PRESENT]
    return max(present, key=lambda tube: tube.presence, default=None)


def _errors_on(film: Background, seen: Candidates) -> Iterator[PlaceError]:
    """The errors of the tips that are marked and found, and of the carina where airways are labelled."""
    carina = None if seen.carina is None else seen.carina.point
    for kind in _MEASURED:
        tube, truth = _likeliest(seen, kind), film.known.tip(kind)
        if tube is not None and truth is not None and film.known.present(kind):
            yield _error(film, kind, tube.tip, truth, carina)
    if film.airways is not None and carina is not None:
        with suppress(NotMeasurable):  # the labelled airways show no fork: there is no truth
            yield _error(film, "carina", carina, find_carina(film.airways), carina)


def place_errors(data: Path, work: Path, folds: Path) -> Iterator[PlaceError]:
    """The errors on the films of folds 1 to 4, each by the weights that did not learn from its fold."""
    models = {fold: fold_model(folds, fold) for fold in range(FOLDS) if fold != HELD_OUT_FOLD}
    for film in backgrounds(data, work):
        if film.known.fold in models:
            yield from _errors_on(film, tube_candidates(Radiograph(film.grey), film.masks, models[film.known.fold]))


def _pairs(tips: pd.Series, carinas: pd.Series) -> NDArray[np.float64]:
    """(N, M) sizes of the errors of all distances."""
    return np.asarray(np.abs(tips.to_numpy(float)[:, None] - carinas.to_numpy(float)[None]))


def half_widths_to_carina(errors: Iterable[PlaceError]) -> dict[str, HalfWidth]:
    """The half widths that hold nine in ten of all pairs; prints how many, each patient judged by a fit without it."""
    table = pd.DataFrame([asdict(error) for error in errors])
    carinas = table[table.place == "carina"]
    fitted = dict[str, HalfWidth]()
    for kind, names in _MEASURED.items():
        tips = table[table.place == kind]
        half = {scale: float(np.quantile(_pairs(tips[scale], carinas[scale]), COVERAGE)) for scale in _SCALES}
        held = list[float]()
        for _, own in tips.groupby(parts(tips.patient)):
            others = tips.drop(own.index)
            limit = np.quantile(_pairs(others.mm, carinas.mm), COVERAGE)
            held += (_pairs(own.mm, carinas.mm) <= limit).mean(axis=1).tolist()
        print(f"{kind}: {len(tips)} tips, {len(carinas)} carinas, {half}, held {np.mean(held):.3f}")  # noqa: T201
        fitted |= dict.fromkeys(names, HalfWidth(round(half["mm"], 2), round(half["tracheal_widths"], 3)))
    return fitted


def half_widths(errors: Iterable[DistanceError]) -> dict[str, HalfWidth]:
    """The half widths that hold nine errors in ten; prints that, each film judged by a fit without its part."""
    fitted = {}
    for name, rows in pd.DataFrame([asdict(error) for error in errors]).groupby("name"):
        scores = rows[["patient"]].assign(score=rows.mm)
        print(f"{name}: {describe_coverage(within_intervals(scores, scores))}")  # noqa: T201
        fitted[str(name)] = HalfWidth(round(quantile(rows.mm), 2), round(quantile(rows.tracheal_widths), 3))
    return fitted
