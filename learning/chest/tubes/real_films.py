"""Scores of tubes on real films: against masks, and against readings by eye (two where there are two, not clinicians').

A tube counts as reported where its status is ``ok`` or ``review``, and as found where it is reported on a film that has
it. Distances of tips are in percent of the film's height.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.chest.tubes.fold_models import fold_model
from radcaliper.learning.chest.tubes.labelled_courses import labelled_course, leaves_film
from radcaliper.learning.chest.tubes.readings import TubeFilm, tube_films
from radcaliper.learning.datasets.chest import read_mask
from radcaliper.learning.datasets.spine import read_grey
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.scores import Score
from radcaliper.measurements.catalog import ETT_TIP_TO_CARINA
from radcaliper.measurements.chest import find_carina
from radcaliper.measurements.region import Region
from radcaliper.measurements.tubes import ett_tip_to_carina
from radcaliper.measurements.types import Analysis, Grid, NotMeasurable, Point, Prediction, Radiograph, Status
from radcaliper.models.tubes.channels import REPORTED, TUBES
from radcaliper.models.tubes.maps import TubeModel
from radcaliper.models.tubes.predict import predict_tubes
from radcaliper.pipelines.protocols.base import Protocol, Steps
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.analyse import STEPS
from radcaliper.pipelines.protocols.chest.tubes import CLOSER

THORAX_MM: Final = 300.0
"""Inner width of the thorax by which films of unknown spacing are scaled."""
_READ: Final = "real films, two readings"
_LABELLED: Final = "real films, masks"


def _look(model: TubeModel, film: Radiograph, prediction: Prediction) -> Mapping[str, Prediction]:
    return {CLOSER: predict_tubes(film, prediction.masks, model)}


@dataclass(frozen=True, kw_only=True)
class WithTubeModel(Protocol):
    """The chest protocol with another model of tubes."""

    tubes: TubeModel

    def load_steps(self) -> Steps[None]:
        """The protocol's steps, but for the closer look."""
        return replace(STEPS, look_closer=partial(_look, self.tubes))


def with_model(model: TubeModel) -> Protocol:
    """The chest protocol with this model of tubes."""
    return WithTubeModel(**{field.name: getattr(PROTOCOL, field.name) for field in fields(PROTOCOL)}, tubes=model)


def _statuses(analysis: Analysis) -> dict[str, Status]:
    return {each.structure: each.status for each in analysis.qualities}


def reported(analysis: Analysis, kind: str) -> bool:
    """Whether a structure is reported, for sure or for review."""
    return _statuses(analysis).get(kind) in (Status.OK, Status.REVIEW)


def percent(a: Point, b: Point, height: int) -> float:
    """The distance of two places in percent of the film's height."""
    return 100 * float(np.hypot(a.row - b.row, a.col - b.col)) / height


def _absent_scores(film: TubeFilm, analysis: Analysis) -> Iterator[Score]:
    """What is reported that two readings say is not there."""
    for kind in (kind for kind in REPORTED if film.absent_in_both(kind)):
        yield Score(_READ, f"reported {kind}, absent in both", film.name, float(reported(analysis, kind)))
        sure = _statuses(analysis).get(kind) is Status.OK
        yield Score(_READ, f"reported ok {kind}, absent in both", film.name, float(sure))
    if all(film.absent_in_both(kind) for kind in TUBES):
        some = any(reported(analysis, kind) for kind in TUBES)
        yield Score(_READ, "reported any tube, absent in both", film.name, float(some))


def _tip_of(film: TubeFilm, kind: str, analysis: Analysis, shape: tuple[int, int]) -> Point | None:
    """The tip as marked, else where the labelled mask's course ends on the film."""
    if film.tip(kind) is not None or kind not in film.masks:
        return film.tip(kind)
    carina = analysis.landmarks.get("carina")
    veins_end = np.array([0.4 * shape[0], 0.5 * shape[1]] if carina is None else carina.point, float)
    course = labelled_course(kind, read_mask(film.masks[kind]), veins_end)
    return None if course is None or leaves_film(course[-1], shape) else Point(*map(float, course[-1]))


def _present_scores(film: TubeFilm, analysis: Analysis, shape: tuple[int, int]) -> Iterator[Score]:
    """What is found of what is there, and how far off the tips are."""
    for kind in (kind for kind in REPORTED if film.present(kind)):
        dataset = _LABELLED if kind in film.masks else _READ
        yield Score(dataset, f"found {kind}", film.name, float(reported(analysis, kind)))
        truth = _tip_of(film, kind, analysis, shape) if kind in TUBES else None
        tips = [mark.point for name, mark in analysis.landmarks.items() if name.startswith(kind)]
        if truth is not None and tips and reported(analysis, kind):
            off = min(percent(tip, truth, shape[0]) for tip in tips)
            yield Score(dataset, f"off {kind}_tip, % of height", film.name, off)


def _airways_file(film: TubeFilm, data: Path) -> Path:
    path = data / film.name
    return path.parent.parent / "masks" / "airways" / f"{path.stem}.png"


def _distance_scores(film: TubeFilm, data: Path, analysis: Analysis, shape: tuple[int, int]) -> Iterator[Score]:
    """The tracheal tube's distance to the carina, in mm of a thorax 300 mm wide, where airways are labelled."""
    labelled = _airways_file(film, data)
    tip = _tip_of(film, "ett", analysis, shape) if film.present("ett") and labelled.exists() else None
    found = next((each for each in analysis.measurements if each.spec is ETT_TIP_TO_CARINA), None)
    if tip is None or found is None or found.value is None or analysis.prediction is None:
        return
    airways = read_mask(labelled)
    lungs = Region.of(analysis.prediction.masks["right_lung"] | analysis.prediction.masks["left_lung"]).extent
    with suppress(NotMeasurable):  # the labelled airways show no fork: there is no truth
        truth = ett_tip_to_carina(np.array([tip]), find_carina(airways), {"airways": airways}, Grid()).value
        mm = THORAX_MM / lungs.cols
        yield Score(_LABELLED, "error ett_tip_to_carina, mm", film.name, (found.value - truth) * mm, truth * mm)
        if found.lower is not None and found.upper is not None:
            inside = found.lower <= truth <= found.upper
            yield Score(_LABELLED, "covered ett_tip_to_carina", film.name, float(inside))
            yield Score(_LABELLED, "width of its interval, mm", film.name, (found.upper - found.lower) * mm)


def _carina_scores(film: TubeFilm, data: Path, analysis: Analysis, height: int) -> Iterator[Score]:
    """How far the carina is off where airways are labelled."""
    labelled, seen = _airways_file(film, data), analysis.landmarks.get("carina")
    if seen is not None and labelled.exists():
        with suppress(NotMeasurable):  # the labelled airways show no fork: there is no truth
            off = percent(seen.point, find_carina(read_mask(labelled)), height)
            yield Score(_LABELLED, "off carina, % of height", film.name, off)


def _is_judged(film: TubeFilm) -> bool:
    return bool(film.readings or film.masks) or film.dataset == "covid100"  # whose airways are labelled


def film_scores(film: TubeFilm, data: Path, protocol: Protocol) -> Iterator[Score]:
    """All scores of one film."""
    grey = read_grey(data / film.name)
    shape = (grey.shape[0], grey.shape[1])
    analysis = protocol.analyse(film.name, Radiograph(grey))
    yield from _absent_scores(film, analysis)
    yield from _present_scores(film, analysis, shape)
    yield from _distance_scores(film, data, analysis, shape)
    yield from _carina_scores(film, data, analysis, shape[0])


def real_scores(data: Path, every_film: bool) -> Iterator[Score]:
    """Scores of the real films with readings or masks of tubes whose patients were held out, or of all."""
    for film in filter(_is_judged, tube_films(data)):
        if every_film or film.fold == HELD_OUT_FOLD:
            yield from film_scores(film, data, PROTOCOL)


def fold_scores(data: Path, folds: Path) -> Iterator[Score]:
    """Scores of all such films, each by the weights in ``folds`` that did not learn from its fold; fold 0 by ours."""
    protocols = {fold: with_model(fold_model(folds, fold)) for fold in range(FOLDS) if fold != HELD_OUT_FOLD}
    for film in filter(_is_judged, tube_films(data)):
        yield from film_scores(film, data, protocols.get(film.fold, PROTOCOL))
