"""The view recogniser against real films: what passes, what is lost, and whether it is told how a film lies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.evaluation import Evaluation
from radcaliper.learning.network_of_weights import network_of_weights
from radcaliper.learning.scores import Score
from radcaliper.learning.view.films import ViewFilm, real_films
from radcaliper.learning.view.measured import measured_scores
from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.view.kinds import view_of
from radcaliper.models.view.predict import BUNDLE, ViewPrediction, predict_by, predict_view

Predictor = Callable[[Grey], ViewPrediction]
MEASURED: Final = ("frontal_chest", "ap_spine", "ap_pelvis", "ap_hip")
"""The views that protocols measure."""
_PROTOCOLS: Final = {
    "frontal_chest": "frontal chest",
    "ap_spine": "AP spine",
    "ap_pelvis": "AP hip",
    "ap_hip": "AP hip",
}
_CLOCKED: Final = 50
"""Films that the time is taken of."""


def shipped(grey: Grey) -> ViewPrediction:
    """What the shipped network says."""
    return predict_view(Radiograph(grey))


def by_weights(path: Path) -> Predictor:
    """What the weights in a file say."""
    return partial(predict_by, network_of_weights(BUNDLE, path))


def _yes(dataset: str, figure: str, film: ViewFilm, value: bool) -> Score:
    return Score(dataset, figure, film.name, float(value))


def _of_other_view(film: ViewFilm, grey: Grey, predict: Predictor) -> Iterator[Score]:
    """Whether it passes as a view that is measured, as it is, turned, mirrored or negative, and is measured."""
    found = predict(grey)
    for view in MEASURED:
        yield _yes("other views", f"passes as {view}", film, found.view == view)
    passes = found.view in MEASURED
    yield _yes("other views", "passes", film, passes)
    yield _yes("other views", "passes and is sure", film, passes and not found.is_unsure)
    changed = [np.rot90(grey, turns) for turns in (1, 2, 3)] + [grey[:, ::-1], 1 - grey]
    for number, each in enumerate(changed):
        kind = "turned" if number < 3 else ("mirrored", "negative")[number - 3]
        again = predict(np.ascontiguousarray(each))
        yield _yes("other views", f"passes {kind}", film, again.view in MEASURED)
    if film.path is not None:
        yield from measured_scores(film.name, film.path, lambda each: predict(each.pixels))


def _of_measured_view(film: ViewFilm, grey: Grey, predict: Predictor) -> Iterator[Score]:
    """Whether it is lost, and whether it is told how it lies."""
    protocol, found = _PROTOCOLS[view_of(film.kind)], predict(grey)
    lost = _PROTOCOLS.get(found.view) != protocol
    yield _yes(protocol, "lost", film, lost)
    yield _yes(protocol, "unsure", film, not lost and found.is_unsure)
    yield _yes(protocol, "upright called turned", film, found.turns != 0)
    yield _yes(protocol, "called negative", film, found.negative > 0.5)
    for turns in (1, 2, 3):
        turned = predict(np.ascontiguousarray(np.rot90(grey, -turns)))
        yield _yes(protocol, "turned named", film, turned.turns == turns)
        yield _yes(protocol, "turned lost", film, _PROTOCOLS.get(turned.view) != protocol)
    negative = predict(1 - grey)
    yield _yes(protocol, "negative named", film, negative.negative > 0.5)
    if film.kind == "frontal_chest":
        yield _yes(protocol, "called mirrored", film, found.is_mirrored)
        mirrored = predict(np.ascontiguousarray(grey[:, ::-1]))
        yield _yes(protocol, "mirrored named", film, mirrored.is_mirrored)


def film_scores(film: ViewFilm, predict: Predictor) -> Iterator[Score]:
    """All scores of one film."""
    grey = film.read(np.random.default_rng(0))
    of_view = _of_measured_view if view_of(film.kind) in MEASURED else _of_other_view
    yield from of_view(film, grey, predict)


def _milliseconds(data: Path) -> Iterator[Score]:
    """Processor time of the shipped network, from a film in memory to its prediction."""
    rng = np.random.default_rng(0)
    for number, film in zip(range(_CLOCKED + 1), real_films(data), strict=False):
        grey, started = film.read(rng), time.process_time()
        shipped(grey)
        if number > 0:  # the first one loads the network
            yield Score("all", "milliseconds", film.name, 1000 * (time.process_time() - started))


def fold_scores(data: Path, folds: Path) -> Iterator[Score]:
    """Scores of every real film under ``data``, by the weights that did not learn from its patient's fold.

    ``folds`` holds view_fold_0.safetensors to view_fold_4.safetensors.
    """
    predictors = [by_weights(folds / f"view_fold_{fold}.safetensors") for fold in range(5)]
    for film in real_films(data):
        yield from film_scores(film, predictors[film.fold])


def view_scores(data: Path, every_film: bool) -> Iterator[Score]:
    """Scores of the held-out real films under ``data``, or of every film, by the shipped weights."""
    for film in real_films(data):
        if every_film or film.fold == HELD_OUT_FOLD:
            yield from film_scores(film, shipped)
    yield from _milliseconds(data)


EVALUATION: Final = Evaluation("other_views/films.csv", view_scores, fold_scores=fold_scores)
