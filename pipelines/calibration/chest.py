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
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import NotMeasurable, Radiograph, Segmentation, Unit
from radcaliper.models.agreement import dice
from radcaliper.models.segment import segment
from radcaliper.models.training.chest_data import LabelledFilm, chest_films
from radcaliper.models.training.split import HELD_OUT_FOLD
from radcaliper.pipelines.calibration.damage import damaged
from radcaliper.pipelines.chest import BUNDLE
from radcaliper.pipelines.measuring import values_over_variants
from radcaliper.qc.thorax_shape import unlikeness

_COVERAGE: Final = 0.9
_PARTS: Final = 5
_FLOOR: Final = 0.005
"""Least spread that is believed: in a ratio's own unit, and as a share of lengths and areas."""
_FLOOR_DEGREES: Final = 1.0
_FEWEST: Final = 30
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


def _errors(seen: Seen) -> Iterator[dict[str, Any]]:
    everywhere = {name for name, known in seen.film.known.items() if known.all()}
    for measure in CHEST_MEASURES:
        if not set(measure.needs) <= everywhere:
            continue
        try:
            truth = measure.function(seen.film.targets, seen.radiograph.grid)
            found = measure.function(seen.segmentation.masks, seen.radiograph.grid)
        except NotMeasurable:  # one of them shows no answer: there is no error to learn from
            continue
        relative = 1.0 if found.unit in (Unit.RATIO, Unit.DEGREE) else abs(found.value)
        floor = (_FLOOR_DEGREES if found.unit is Unit.DEGREE else _FLOOR) * relative
        values = values_over_variants(measure, seen.segmentation, seen.radiograph)
        spread = float(np.std([found.value, *values]))
        yield {
            "image": seen.film.name,
            "name": measure.name,
            "score": abs(found.value - truth.value) / (spread + floor),
        }


def _quantile(values: pd.Series) -> float:
    """The conformal quantile: with n values, the ceil((n + 1) 0.9)-th smallest (Vovk 2005)."""
    ranked = np.sort(values.to_numpy(float))
    return float(ranked[min(len(ranked), int(np.ceil((len(ranked) + 1) * _COVERAGE))) - 1])


def _fit_quality(rows: pd.DataFrame) -> dict[str, float]:
    """Loss of Dice as a sum of non-negative multiples of disagreement, softness and a constant; and its bound."""
    causes = np.stack([rows.disagreement, rows.softness, np.ones(len(rows))], axis=1)
    weights, _ = nnls(causes, (1 - rows.dice).to_numpy(float))
    loss = causes @ weights
    excess = pd.Series(((1 - rows.dice) - loss) / (loss + 0.01))
    names = ("disagreement", "softness", "constant")
    return dict(zip(names, map(float, weights), strict=True)) | {"excess": _quantile(excess)}


def _bounded(rows: pd.DataFrame, fit: dict[str, float]) -> pd.Series:
    loss = fit["disagreement"] * rows.disagreement + fit["softness"] * rows.softness + fit["constant"]
    return 1 - rows.dice <= loss + fit["excess"] * (loss + 0.01)


def _parts(images: pd.Series) -> pd.Series:
    return images.map(lambda image: int(sha256(str(image).encode()).hexdigest(), 16) % _PARTS)


def _cross_fitted(rows: pd.DataFrame) -> tuple[float, float]:
    """Coverage of the quality's lower bound, and mean absolute error of the quality, each part judged by the others."""
    covered, errors = [], []
    part = _parts(rows.image)
    for number in range(_PARTS):
        fit = _fit_quality(rows[part != number])
        judged = rows[part == number]
        loss = fit["disagreement"] * judged.disagreement + fit["softness"] * judged.softness + fit["constant"]
        covered.append(_bounded(judged, fit))
        errors.append((loss - (1 - judged.dice)).abs())
    return float(pd.concat(covered).mean()), float(pd.concat(errors).mean())


def _widths(errors: pd.DataFrame) -> dict[str, dict[str, float]]:
    table = {}
    for name, rows in errors.groupby("name"):
        if len(rows) < _FEWEST:
            continue
        scale, part = _quantile(rows.score), _parts(rows.image)
        limits = pd.Series({number: _quantile(rows.score[part != number]) for number in range(_PARTS)})
        covered = (rows.score <= part.map(limits)).mean()
        print(f"{name:26s} n {len(rows):4d}  coverage {covered:.3f}  scale {scale:.2f}")  # noqa: T201
        table[str(name)] = {"scale": scale, "floor": scale * _floor(str(name))}
    usual = float(np.median([entry["scale"] for entry in table.values()]))
    return {"default": {"scale": usual, "floor": usual * _FLOOR}} | table


def _floor(name: str) -> float:
    return _FLOOR_DEGREES if name.endswith("_angle") else _FLOOR


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    dices: dict[str, list[dict[str, Any]]] = defaultdict(list)
    errors: list[dict[str, Any]] = []
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
    (qc / "intervals.json").write_text(json.dumps(_widths(pd.DataFrame(errors)), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
