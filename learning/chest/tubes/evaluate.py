"""Scores of tubes on films without any, of the carina, and of tubes drawn into held-out films."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.chest.tubes.anatomy import anatomy_of
from radcaliper.learning.chest.tubes.drawn_films import DrawnFilm, drawn_films, inside
from radcaliper.learning.chest.tubes.lines import DrawnLine
from radcaliper.learning.chest.tubes.readings import tube_films
from radcaliper.learning.chest.tubes.real_films import percent, reported
from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.learning.scores import Score
from radcaliper.measurements.chest import find_carina
from radcaliper.measurements.types import Analysis, Grid, NotMeasurable, Point, Radiograph, Unit
from radcaliper.models.tubes.channels import TUBES
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.tubes import TUBE_MEASUREMENTS, tube_of

_SCENES: Final = 2
_SCENES_WITH_CARINA: Final = 8
_FILM_MM: Final = 0.4 * 1024
"""The longest side of a film of unknown spacing: 1024 pixels of a nominal 0.4 mm."""


def tubed_films(data: Path) -> frozenset[str]:
    """Names of the films that have a tube, or of which that is not known."""
    return frozenset(film.name for film in tube_films(data) if any(film.present(kind) is not False for kind in TUBES))


def clear_scores(dataset: str, film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    """False tubes on a film without any."""
    for kind in TUBES:
        yield Score(dataset, f"false {kind}", film.name, float(reported(analysis, kind)))
    yield Score(dataset, "false tube of any kind", film.name, float(any(reported(analysis, kind) for kind in TUBES)))


def carina_scores(dataset: str, film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    """Whether the carina was found, and how far off, in percent of the film's height."""
    with suppress(NotMeasurable):  # the labelled airways show no fork: there is no truth
        truth = find_carina(film.targets["airways"])
        yield Score(dataset, "found carina", film.name, float("carina" in analysis.landmarks))
        if "carina" in analysis.landmarks:
            off = percent(analysis.landmarks["carina"].point, truth, film.grey.shape[0])
            yield Score(dataset, "off carina, % of height", film.name, off)


def _nearest(lines: tuple[DrawnLine, ...], point: Point) -> float:
    return min(float(np.hypot(*(line.tip - np.array(point)))) for line in lines)


def _score_drawn(dataset: str, film: DrawnFilm, analysis: Analysis, carina_drawn: bool) -> Iterator[Score]:
    shape = (film.grey.shape[0], film.grey.shape[1])
    mm = _FILM_MM / max(shape)
    for kind, lines in film.tubes.items():
        if not lines:
            yield Score(dataset, f"false {kind}", film.name, float(reported(analysis, kind)))
            continue
        yield Score(dataset, f"found {kind}", film.name, float(reported(analysis, kind)))
        tip = analysis.landmarks.get(f"{kind}_tip")
        on_film = tuple(line for line in lines if inside(line.path[-1:], shape)[0])
        if tip is None or not on_film:
            continue
        yield Score(dataset, f"off {kind}_tip, mm", film.name, _nearest(on_film, tip.point) * mm)
    if carina_drawn:
        yield from _score_distances(dataset, film, analysis, mm)


def _score_distances(dataset: str, film: DrawnFilm, analysis: Analysis, mm: float) -> Iterator[Score]:
    """Distances, in millimetres of the nominal scale, against those of the drawn course and the labelled carina."""
    if analysis.prediction is None:
        return
    carina = Point(*map(float, film.anatomy["trachea"][-1]))
    for found in (each for each in analysis.measurements if each.spec in TUBE_MEASUREMENTS):
        lines = film.tubes[tube_of(found.spec)]
        if len(lines) != 1 or found.value is None or found.unit is Unit.RATIO:
            continue
        truth = found.spec.measure(lines[0].path, carina, analysis.prediction.masks, Grid()).value
        yield Score(dataset, f"error {found.name}, mm", film.name, (found.value - truth) * mm, truth * mm)
        covered = found.lower is not None and found.upper is not None and found.lower <= truth <= found.upper
        yield Score(dataset, f"covered {found.name}", film.name, float(covered))


def drawn_scores(film: LabelledFilm, analysis: Analysis) -> Iterator[Score]:
    """Tubes drawn into a held-out film without any: found, their tips' distance, the distances measured."""
    if analysis.prediction is None:
        return
    airways = film.targets.get("airways")
    anatomy = anatomy_of(dict(analysis.prediction.masks), airways)
    if anatomy is None:
        return
    carina_known = airways is not None and anatomy.carina_seen
    for drawn in drawn_films(film.name, film.grey, anatomy, range(_SCENES_WITH_CARINA if carina_known else _SCENES)):
        found = PROTOCOL.analyse(drawn.name, Radiograph(drawn.grey))
        yield from _score_drawn("tubes drawn into held-out films", drawn, found, carina_known)
