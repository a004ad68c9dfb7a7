"""Films of other views through the whole pipeline: whether any number comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from radcaliper.learning.scores import Score
from radcaliper.measurements.types import Analysis, Radiograph, Status
from radcaliper.models.view.predict import ViewPrediction
from radcaliper.pipelines.protocols.registry import PROTOCOLS, analyse_viewed
from radcaliper.pipelines.protocols.view_gate import view_of_film
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.qc.gates.film import film_findings

_SET: Final = "other views"


def _analyses(path: Path, predict: Callable[[Radiograph], ViewPrediction]) -> dict[str, Analysis]:
    """The film by ``auto`` and by each protocol; none where it is no readable film of one picture."""
    try:
        film = read_radiograph(path)
    except (NotARadiograph, UnreadableFilm):  # such films have no values
        return {}
    if film_findings(film):
        return {}
    viewed = view_of_film(film, predict)
    return {name: analyse_viewed("film", viewed, name) for name in ("auto", *PROTOCOLS)}


def _is_measured(analysis: Analysis) -> bool:
    return any(each.value is not None for each in analysis.measurements)


def _is_ok(analysis: Analysis) -> bool:
    return analysis.status is Status.OK or any(each.status is Status.OK for each in analysis.measurements)


def measured_scores(name: str, path: Path, predict: Callable[[Radiograph], ViewPrediction]) -> Iterator[Score]:
    """Whether a film of another view has any value in measurements.csv by ``auto`` or a protocol, and any ``ok``."""
    analyses = _analyses(path, predict)
    measured = {protocol for protocol, analysis in analyses.items() if _is_measured(analysis)}
    yield Score(_SET, "measured by auto", name, float("auto" in measured))
    yield Score(_SET, "measured by auto or any protocol", name, float(bool(measured)))
    yield Score(_SET, "measured and ok", name, float(any(map(_is_ok, analyses.values()))))
