"""Calibrate the tubes: ``python -m radcaliper.learning.chest.tubes.calibrate STEP DATA WORK FOLDER``.

Draws tubes into films, seeded. The step ``presence`` fits the probability that a line is there on films of one training
fold, into the metadata of the bundle FOLDER; after it, ``bounds`` fits the quality bounds and the intervals of lines
believed to be there on held-out films, into the tables of the folder of ``qc``. WORK keeps the chest network's masks of
the films, as for the training. Coverage is printed from a cross-fit by film.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from radcaliper.learning.chest.tubes.anatomy import anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import Background, backgrounds
from radcaliper.learning.chest.tubes.drawn import DrawnFilm, drawn_films
from radcaliper.learning.chest.tubes.lines import Line
from radcaliper.learning.conformal import MeasurementError, fit_widths, measurement_error, update_table
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.dice_bound import MaskExample, fit_bounds, update_qualities, usual_features
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.tubes.course import Course, path_length
from radcaliper.measurements.types import Grid, Mask, Masks, MeasuredValue, NotMeasurable, Point, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.tubes.candidates import (
    LENGTH_SCALE,
    Candidate,
    Candidates,
    presence_score,
    tube_candidates,
)
from radcaliper.models.tubes.channels import TUBES
from radcaliper.models.tubes.predict import PRESENT, prediction_of
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, plausible_values, tube_of

_PRESENCE_FOLD: Final = 1
_SCENES: Final = range(100, 104)
_SCENES_WITH_CARINA: Final = range(100, 120)
"""Numbers of the scenes over a film, others than those that evaluation judges by: more where the carina was drawn."""
_STANDING: Final = 1
"""Tube-free films on which a kind may be believed to be there."""
_NEAR_MM: Final = 8.0
_LEAST_STROKE_MM: Final = 2.3
"""Half the width that the thinnest lines are drawn with in training targets."""
_PULL: Final = 0.02
"""Of the logistic fit towards zero."""


@dataclass(frozen=True)
class DrawnExample:
    """One drawn film, the chest masks of the film below, and the candidates that the network shows."""

    film: DrawnFilm
    masks: Masks
    candidates: Candidates


def _drawn(background: Background) -> Iterator[DrawnExample]:
    body = anatomy_of(background.masks, background.airways)
    if body is not None:
        numbers = _SCENES_WITH_CARINA if body.carina_seen and background.airways is not None else _SCENES
        for film in drawn_films(background.name, background.grey, body, numbers):
            candidates = tube_candidates(Radiograph(film.grey), background.masks)
            yield DrawnExample(film, background.masks, candidates)


def _line_of(tube: Candidate, lines: tuple[Line, ...], mm: float) -> Line | None:
    """The drawn line that a found one runs along for most of its way."""
    for line in lines:
        near = cKDTree(line.path).query(tube.path)[0] < _NEAR_MM * mm
        if near.mean() > 0.5:
            return line
    return None


def features_of(tube: Candidate, step: float) -> tuple[float, float, float]:
    """What the probability of a line is told by: its length, the mean of its map, the heat of its tip, each 0 to 1."""
    return min(1.0, path_length(tube.path) / step / LENGTH_SCALE), tube.certainty, tube.tip_heat


def _fit(features: NDArray[np.float64], there: NDArray[np.float64]) -> dict[str, float]:
    """Logistic weights that are not negative, with a slight pull to zero."""
    table = np.column_stack([np.ones(len(features)), features])

    def loss(weights: NDArray[np.float64]) -> float:
        score = table @ weights
        return float(np.mean(np.logaddexp(0, score) - there * score) + _PULL * np.square(weights[1:]).mean() / 10)

    bounds = [(None, None), *[(0, None)] * features.shape[1]]
    weights = minimize(loss, np.array([-3.0, 2.0, 2.0, 2.0]), bounds=bounds).x
    return dict(zip(("constant", "length", "certainty", "tip"), map(float, weights), strict=True))


def fit_presence(seen: list[DrawnExample]) -> dict[str, dict[str, float]]:
    """The weights of each kind's probability, from the likeliest line of each kind on each drawn film."""
    table = {}
    for kind in TUBES:
        rows = [
            (
                *features_of(tube, each.candidates.step),
                _line_of(tube, each.film.tubes[kind], each.film.body.mm) is not None,
            )
            for each in seen
            for tube in each.candidates.tubes
            if tube.kind == kind
        ]
        values = np.array(rows, float).reshape(-1, 4)
        table[kind] = _fit(values[:, :3], values[:, 3])
        print(f"{kind}: {int(values[:, 3].sum())} of {len(values)} lines are there, {table[kind]}")  # noqa: T201
    return table


def _likeliest(kind: str, weights: dict[str, float], films: list[Candidates]) -> list[float]:
    """The logit of the likeliest line of one kind on each film that has any, the highest first."""
    of_kind = [(film.step, [tube for tube in film.tubes if tube.kind == kind]) for film in films]
    best = (
        max(presence_score(weights, *features_of(tube, step)) for tube in tubes) for step, tubes in of_kind if tubes
    )
    return sorted(best, reverse=True)


def loosened(table: dict[str, dict[str, float]], clear: list[Candidates]) -> dict[str, dict[str, float]]:
    """The weights with constants raised as far as tube-free films allow: a missed tube is the worse error.

    Drawn lines are fainter than most real ones, so that the fit alone is too strict with these.
    """
    moved = {}
    for kind, weights in table.items():
        refused = _likeliest(kind, weights, clear)[_STANDING:]
        room = max(0.0, -refused[0]) if refused else 0.0
        moved[kind] = weights | {"constant": weights["constant"] + room}
    return moved


def _mask_of(line: Line, mm: float, shape: tuple[int, int]) -> Mask:
    canvas = np.zeros(shape, np.uint8)
    width = max(1, round(2 * max(line.radius, _LEAST_STROKE_MM * mm)))
    cv2.polylines(canvas, [np.round(line.path[:, ::-1]).astype(np.int32)], False, 1, width)
    return canvas.astype(bool)


def _judged(each: DrawnExample) -> Iterator[tuple[Candidate, Line]]:
    """The tubes believed to be there and their truth."""
    for tube in each.candidates.tubes:
        line = _line_of(tube, each.film.tubes[tube.kind], each.film.body.mm)
        if tube.presence >= PRESENT and line is not None:
            yield tube, line


def _measure_on(spec: MeasurementSpec, masks: Masks) -> Callable[[Course, Point | None], MeasuredValue]:
    return lambda course, carina: spec.measure(course, carina, masks, Grid())


def _errors(each: DrawnExample) -> Iterator[MeasurementError]:
    carina = each.candidates.carina
    for tube, line in _judged(each):
        if tube.leaves or tube.cut or not each.film.body.carina_seen or carina is None:
            continue
        truth_at = Point(*map(float, each.film.body["trachea"][-1]))
        alone = prediction_of(replace(each.candidates, tubes=(tube,)))
        for spec in (spec for spec in TUBE_MEASUREMENTS if tube_of(spec) == tube.kind):
            measure = _measure_on(spec, each.masks)
            try:
                found, truth = measure(tube.path, carina.point), measure(line.path, truth_at)
            except NotMeasurable:  # the film shows no trachea or no lung to measure by
                continue
            values = plausible_values(measure, tube.kind, carina.point, alone)
            yield measurement_error(each.film.film, found, truth.value, values)


def _films(data: Path, work: Path, fold: int) -> Iterator[Background]:
    return (film for film in backgrounds(data, work) if film.dataset != "v7" and film.fold == fold)


def calibrate_presence(data: Path, work: Path, bundle: Path) -> None:
    """Write the weights of each kind's probability into the bundle's metadata."""
    metadata = bundle / "configs" / "metadata.json"
    content = json.loads(metadata.read_text(encoding="utf-8"))
    clear, seen = list[Candidates](), list[DrawnExample]()
    for film in _films(data, work, _PRESENCE_FOLD):
        clear.append(tube_candidates(Radiograph(film.grey), film.masks))
        seen += _drawn(film)
    content["presence"] = loosened(fit_presence(seen), clear)
    metadata.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def calibrate_bounds(data: Path, work: Path, qc: Path) -> None:
    """Write the quality bounds and interval widths into the tables of ``qc``."""
    held_out = [seen for film in _films(data, work, HELD_OUT_FOLD) for seen in _drawn(film)]
    dices = [
        MaskExample(
            each.film.film,
            tube.kind,
            dice(tube.mask, _mask_of(line, each.film.body.mm, tube.mask.shape)),
            usual_features(tube.agreement, tube.certainty),
        )
        for each in held_out
        for tube, line in _judged(each)
    ]
    update_qualities(qc / "mask_quality.json", fit_bounds(dices))
    update_table(qc / "intervals.json", fit_widths(error for each in held_out for error in _errors(each)))


def main() -> None:
    """Carry out one step."""
    steps = {"presence": calibrate_presence, "bounds": calibrate_bounds}
    data, work, folder = map(Path, sys.argv[2:5])
    steps[sys.argv[1]](data, work, folder)


if __name__ == "__main__":
    main()
