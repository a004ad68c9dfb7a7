"""The chest protocol against the outlines of the chest sets, and its spine against the AASCE vertebrae."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.chest.quality import add_chest
from radcaliper.learning.chest.spine_marks import marked_spine_scores
from radcaliper.learning.chest.tubes.evaluate import carina_scores, clear_scores, drawn_scores, tubed_films
from radcaliper.learning.chest.tubes.real_films import fold_scores, real_scores
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films, spine_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.evaluation import Evaluation
from radcaliper.learning.scores import Score
from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO
from radcaliper.measurements.chest import cardiothoracic_ratio
from radcaliper.measurements.types import Analysis, Grid, Measurement, Radiograph, Status
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.predict import predict

_TUBES_LABELLED: Final = ("jsrt", "wingspan", "covid100")
"""Sets whose films are known to have no tube, or to have the tubes that are labelled."""


def _ratio(analysis: Analysis) -> Measurement | None:
    return next((m for m in analysis.measurements if m.spec is CARDIOTHORACIC_RATIO), None)


def _score_ratio(dataset: str, film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    truth = cardiothoracic_ratio(film.targets, Grid()).value
    found = _ratio(analysis)
    refused = found is None or found.value is None
    yield Score(dataset, "refused cardiothoracic_ratio", film.name, float(refused))
    if found is None or found.value is None or found.lower is None or found.upper is None:
        return
    yield Score(dataset, "error cardiothoracic_ratio", film.name, found.value - truth, truth)
    yield Score(dataset, "covered cardiothoracic_ratio", film.name, float(found.lower <= truth <= found.upper))


def _score_chest(film: LabelledFilm, tubed: Collection[str]) -> Iterator[Score]:
    dataset = Path(film.name).parts[-3]
    analysis = PROTOCOL.analyse(film.name, Radiograph(film.grey))
    yield Score(dataset, "refused film", film.name, float(analysis.status is Status.REFUSED))
    everywhere = [name for name, known in film.known.items() if known.all()]
    if analysis.prediction is None:
        yield from (Score(dataset, f"dice {name}", film.name, 0.0) for name in everywhere)
    else:
        masks = analysis.prediction.masks
        yield from (
            Score(dataset, f"dice {name}", film.name, dice(masks[name], film.targets[name])) for name in everywhere
        )
    if {"right_lung", "left_lung", "heart"} <= set(everywhere):
        yield from _score_ratio(dataset, film, analysis)
    if "airways" in everywhere:
        yield from carina_scores(dataset, film, analysis)
    if dataset in _TUBES_LABELLED and film.name not in tubed:
        yield from clear_scores(dataset, film, analysis)
        yield from drawn_scores(film, analysis)


def _score_spine(film: LabelledFilm) -> Score:
    """Dice of the spine within the rows that the vertebrae were labelled in."""
    rows = np.flatnonzero(film.known["spine"].any(axis=1))
    mask = predict(Radiograph(film.grey)).masks["spine"]
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    return Score("aasce, cropped", "dice spine", film.name, dice(mask[part], film.targets["spine"][part]))


def chest_scores(data: Path, every_film: bool) -> Iterator[Score]:
    """Scores of the held-out films under ``data``, or of every film."""
    tubed = tubed_films(data)
    for film in chest_films(data):
        if every_film or film.fold == HELD_OUT_FOLD:
            yield from _score_chest(film, tubed)
    if (data / "chest" / "tubes").is_dir():
        yield from real_scores(data, every_film)
    yield from marked_spine_scores(data)
    if (data / "spine" / "aasce").is_dir():
        for film in spine_films(data):
            if every_film or film.fold == HELD_OUT_FOLD:
                yield _score_spine(film)


EVALUATION: Final = Evaluation("chest/manifest.csv", chest_scores, add_chest, fold_scores)
