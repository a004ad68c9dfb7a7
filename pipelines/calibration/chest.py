"""Calibrate chest qualities and intervals: ``python -m radcaliper.pipelines.calibration.chest DATA QC_FOLDER``.

Runs the shipped weights over the films they never saw, as they are and damaged, and writes ``mask_quality.json`` and
``intervals.json``. Coverage is printed from a cross-fit by film: what judges a film was not fitted on it.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import NotMeasurable, Radiograph, Segmentation
from radcaliper.models.agreement import dice
from radcaliper.models.segment import segment
from radcaliper.models.training.chest_data import LabelledFilm, chest_films
from radcaliper.models.training.split import HELD_OUT_FOLD
from radcaliper.pipelines.calibration.conformal import (
    NumberError,
    fit_widths,
    number_error,
    parts,
    quantile,
    update_table,
)
from radcaliper.pipelines.calibration.damage import damaged
from radcaliper.pipelines.chest import BUNDLE
from radcaliper.pipelines.measuring import values_over_variants
from radcaliper.qc.intervals import Width
from radcaliper.qc.thorax_shape import unlikeness

_MISLABELLED: Final = 5.0
"""Labels whose proportions are this unlike any thorax have their structures swapped."""


@dataclass(frozen=True)
class Seen:
    """One calibration film as the network saw it."""

    film: LabelledFilm
    radiograph: Radiograph
    segmentation: Segmentation
    is_damaged: bool


def _swapped(film: LabelledFilm) -> bool:
    complete = all(name in film.known and film.known[name].all() for name in ("right_lung", "left_lung", "heart"))
    return complete and unlikeness(film.targets) > _MISLABELLED


def _films(data: Path) -> Iterator[Seen]:
    for number, film in enumerate(chest_films(data)):
        if film.fold != HELD_OUT_FOLD or _swapped(film):
            continue
        for is_damaged, grey in ((False, film.grey), (True, damaged(film.grey, number))):
            radiograph = Radiograph(grey)
            yield Seen(film, radiograph, segment(radiograph, BUNDLE), is_damaged)


def _dices(seen: Seen) -> Iterator[dict[str, Any]]:
    for name, known in seen.film.known.items():
        if known.all() and seen.segmentation.masks[name].any():
            yield {
                "image": seen.film.name,
                "name": name,
                "dice": dice(seen.segmentation.masks[name], seen.film.targets[name]),
                "disagreement": 1 - seen.segmentation.agreement[name],
                "softness": 1 - seen.segmentation.margin[name],
            }


def _errors(seen: Seen) -> Iterator[NumberError]:
    everywhere = {name for name, known in seen.film.known.items() if known.all()}
    for measure in CHEST_MEASURES:
        if not set(measure.needs) <= everywhere:
            continue
        try:
            truth = measure.function(seen.film.targets, seen.radiograph.grid)
            found = measure.function(seen.segmentation.masks, seen.radiograph.grid)
        except NotMeasurable:  # one of them shows no answer: there is no error to learn from
            continue
        values = values_over_variants(measure, seen.segmentation, seen.radiograph)
        yield number_error(seen.film.name, measure.name, found, truth.value, values)


def _fit_quality(rows: pd.DataFrame) -> dict[str, float]:
    """Loss of Dice as a sum of non-negative multiples of disagreement, softness and a constant; and its bound."""
    causes = np.stack([rows.disagreement, rows.softness, np.ones(len(rows))], axis=1)
    weights, _ = nnls(causes, (1 - rows.dice).to_numpy(float))
    loss = causes @ weights
    excess = pd.Series(((1 - rows.dice) - loss) / (loss + 0.01))
    names = ("disagreement", "softness", "constant")
    return dict(zip(names, map(float, weights), strict=True)) | {"excess": quantile(excess)}


def _bounded(rows: pd.DataFrame, fit: dict[str, float]) -> pd.Series:
    loss = fit["disagreement"] * rows.disagreement + fit["softness"] * rows.softness + fit["constant"]
    return 1 - rows.dice <= loss + fit["excess"] * (loss + 0.01)


def _cross_fitted(rows: pd.DataFrame) -> tuple[float, float]:
    """Coverage of the quality's lower bound, and mean absolute error of the quality, each part judged by the others."""
    covered, errors = [], []
    part = parts(rows.image)
    for number in part.unique():
        fit = _fit_quality(rows[part != number])
        judged = rows[part == number]
        loss = fit["disagreement"] * judged.disagreement + fit["softness"] * judged.softness + fit["constant"]
        covered.append(_bounded(judged, fit))
        errors.append((loss - (1 - judged.dice)).abs())
    return float(pd.concat(covered).mean()), float(pd.concat(errors).mean())


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    dices: dict[str, list[dict[str, Any]]] = defaultdict(list)
    errors: list[NumberError] = []
    for seen in _films(data):
        for row in _dices(seen):
            dices[row["name"]].append(row)
        if not seen.is_damaged:
            errors.extend(_errors(seen))
    fits = {}
    for name, found in dices.items():
        rows = pd.DataFrame(found)
        coverage, error = _cross_fitted(rows)
        fits[name] = _fit_quality(rows)
        print(f"{name:26s} n {len(rows):4d}  coverage {coverage:.3f}  predicted-Dice MAE {error:.4f}")  # noqa: T201
    fits["default"] = {key: float(np.median([fit[key] for fit in fits.values()])) for key in fits["heart"]}
    (qc / "mask_quality.json").write_text(json.dumps(fits, indent=1) + "\n", encoding="utf-8")
    widths = fit_widths(errors)
    usual = float(np.median([width.scale for width in widths.values()]))
    update_table(qc / "intervals.json", widths | {"default": Width(usual, usual * 0.005)})


if __name__ == "__main__":
    main()
