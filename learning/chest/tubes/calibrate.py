"""Calibrate the tubes: ``python -m radcaliper.learning.chest.tubes.calibrate STEP DATA WORK FOLDER``.

Tubes are drawn into films, with fixed seeds. The step ``presence`` fits the probability that a tube is present on films
of one training fold, and writes it into the metadata of the bundle FOLDER. The step ``bounds`` follows it: it fits the
quality bounds and intervals of tubes found on held-out films, and writes them into the tables of the folder ``qc``.
WORK keeps the chest network's masks of the films, as for the training. The coverage printed is cross-fitted by film.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from radcaliper.learning.chest.tubes.anatomy import anatomy_of
from radcaliper.learning.chest.tubes.backgrounds import Background, backgrounds
from radcaliper.learning.chest.tubes.drawn_films import DrawnFilm, drawn_films
from radcaliper.learning.chest.tubes.lines import DrawnLine
from radcaliper.learning.conformal import MeasurementError, fit_widths, measurement_error, update_table
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.dice_bound import MaskExample, basic_features, fit_bounds, update_qualities
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.tubes.course import CoursePath, path_length
from radcaliper.measurements.types import Grid, Mask, Masks, MeasuredValue, NotMeasurable, Point, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.tubes.candidates import (
    LENGTH_SCALE,
    Candidate,
    Candidates,
    course_mask,
    presence_score,
    tube_candidates,
)
from radcaliper.models.tubes.channels import TUBES
from radcaliper.models.tubes.predict import PRESENT, prediction_of
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, plausible_values, tube_of

_PRESENCE_FOLD: Final = 1
_SCENES: Final = range(100, 104)
_SCENES_WITH_CARINA: Final = range(100, 120)
"""Numbers of the scenes over a film, other than those of the evaluation. There are more where airways are labelled."""
_FALSE_ALLOWED: Final = 1
"""Tube-free films on which a kind may be found falsely."""
_NEAR_MM: Final = 8.0
_LEAST_STROKE_MM: Final = 2.3
"""Half the width that the thinnest lines are drawn with in training targets."""
_RIDGE: Final = 0.02
"""Ridge penalty of the logistic fit."""


@dataclass(frozen=True)
class DrawnExample:
    """One film with drawn tubes, the chest masks of the film without them, and the network's candidates."""

    film: DrawnFilm
    masks: Masks
    candidates: Candidates


def _drawn_examples(background: Background) -> Iterator[DrawnExample]:
    anatomy = anatomy_of(background.masks, background.airways)
    if anatomy is not None:
        numbers = _SCENES_WITH_CARINA if anatomy.carina_seen and background.airways is not None else _SCENES
        for film in drawn_films(background.name, background.grey, anatomy, numbers):
            candidates = tube_candidates(Radiograph(film.grey), background.masks)
            yield DrawnExample(film, background.masks, candidates)


def _line_of(tube: Candidate, lines: tuple[DrawnLine, ...], mm: float) -> DrawnLine | None:
    """The drawn line that most of a candidate lies near; None if there is none."""
    for line in lines:
        is_near = cKDTree(line.path).query(tube.path)[0] < _NEAR_MM * mm
        if is_near.mean() > 0.5:
            return line
    return None


def presence_features(tube: Candidate, step: float) -> tuple[float, float, float]:
    """What a tube's presence is predicted from: its length, the mean of its map, the heat of its tip, each 0 to 1."""
    return min(1.0, path_length(tube.path) / step / LENGTH_SCALE), tube.certainty, tube.tip_heat


def _fit_logistic(features: NDArray[np.float64], present: NDArray[np.float64]) -> dict[str, float]:
    """Weights of a logistic fit with a slight ridge penalty; all but the constant are not negative."""
    table = np.column_stack([np.ones(len(features)), features])

    def loss(weights: NDArray[np.float64]) -> float:
        score = table @ weights
        return float(np.mean(np.logaddexp(0, score) - present * score) + _RIDGE * np.square(weights[1:]).mean() / 10)

    bounds = [(None, None), *[(0, None)] * features.shape[1]]
    weights = minimize(loss, np.array([-3.0, 2.0, 2.0, 2.0]), bounds=bounds).x
    return dict(zip(("constant", "length", "certainty", "tip"), map(float, weights), strict=True))


def fit_presence(examples: list[DrawnExample]) -> dict[str, dict[str, float]]:
    """The weights of each kind's presence, fitted to the candidates of the drawn films."""
    table = {}
    for kind in TUBES:
        rows = [
            (
                *presence_features(tube, each.candidates.step),
                _line_of(tube, each.film.tubes[kind], each.film.anatomy.mm) is not None,
            )
            for each in examples
            for tube in each.candidates.tubes
            if tube.kind == kind
        ]
        values = np.array(rows, float).reshape(-1, 4)
        table[kind] = _fit_logistic(values[:, :3], values[:, 3])
        print(f"{kind}: {int(values[:, 3].sum())} of {len(values)} candidates are present, {table[kind]}")  # noqa: T201
    return table


def _highest_scores(kind: str, weights: dict[str, float], films: list[Candidates]) -> list[float]:
    """The logit of the likeliest candidate of one kind on each film that has any, the highest first."""
    of_kind = [(film.step, [tube for tube in film.tubes if tube.kind == kind]) for film in films]
    best = (
        max(presence_score(weights, *presence_features(tube, step)) for tube in tubes)
        for step, tubes in of_kind
        if tubes
    )
    return sorted(best, reverse=True)


def raise_constants(table: dict[str, dict[str, float]], clear: list[Candidates]) -> dict[str, dict[str, float]]:
    """The weights with constants raised as far as tube-free films allow, for a missed tube is the worse error.

    Drawn tubes are fainter than most real ones, so that the fit alone would miss real ones.
    """
    raised = {}
    for kind, weights in table.items():
        scores = _highest_scores(kind, weights, clear)[_FALSE_ALLOWED:]
        room = max(0.0, -scores[0]) if scores else 0.0
        raised[kind] = weights | {"constant": weights["constant"] + room}
    return raised


def _mask_of(line: DrawnLine, mm: float, shape: tuple[int, int]) -> Mask:
    return course_mask(line.path, shape, max(1, round(2 * max(line.radius, _LEAST_STROKE_MM * mm))))


def _found_tubes(each: DrawnExample) -> Iterator[tuple[Candidate, DrawnLine]]:
    """The candidates that count as present, each with the line that was drawn."""
    for tube in each.candidates.tubes:
        line = _line_of(tube, each.film.tubes[tube.kind], each.film.anatomy.mm)
        if tube.presence >= PRESENT and line is not None:
            yield tube, line


def _measure_on(spec: MeasurementSpec, masks: Masks) -> Callable[[CoursePath, Point | None], MeasuredValue]:
    return lambda course, carina: spec.measure(course, carina, masks, Grid())


def _errors(each: DrawnExample) -> Iterator[MeasurementError]:
    carina = each.candidates.carina
    for tube, line in _found_tubes(each):
        if tube.leaves or tube.cut or not each.film.anatomy.carina_seen or carina is None:
            continue
        truth_at = Point(*map(float, each.film.anatomy["trachea"][-1]))
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
    """Write the weights of each kind's presence into the bundle's metadata."""
    metadata = bundle / "configs" / "metadata.json"
    content = json.loads(metadata.read_text(encoding="utf-8"))
    clear, examples = list[Candidates](), list[DrawnExample]()
    for film in _films(data, work, _PRESENCE_FOLD):
        clear.append(tube_candidates(Radiograph(film.grey), film.masks))
        examples += _drawn_examples(film)
    content["presence"] = raise_constants(fit_presence(examples), clear)
    metadata.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def calibrate_bounds(data: Path, work: Path, qc: Path) -> None:
    """Write the quality bounds and interval widths into the tables of ``qc``."""
    held_out = [example for film in _films(data, work, HELD_OUT_FOLD) for example in _drawn_examples(film)]
    examples = [
        MaskExample(
            each.film.film,
            tube.kind,
            dice(tube.mask, _mask_of(line, each.film.anatomy.mm, tube.mask.shape)),
            basic_features(tube.agreement, tube.certainty),
        )
        for each in held_out
        for tube, line in _found_tubes(each)
    ]
    update_qualities(qc / "mask_quality.json", fit_bounds(examples))
    update_table(qc / "intervals.json", fit_widths(error for each in held_out for error in _errors(each)))


def main() -> None:
    """Carry out one step."""
    steps = {"presence": calibrate_presence, "bounds": calibrate_bounds}
    data, work, folder = map(Path, sys.argv[2:5])
    steps[sys.argv[1]](data, work, folder)


if __name__ == "__main__":
    main()
