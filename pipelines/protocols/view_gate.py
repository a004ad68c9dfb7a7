"""The first gate: which view a film is, and how it lies, before any protocol's networks are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from radcaliper.measurements.types import Finding, Projection, Radiograph, Status
from radcaliper.models.view.predict import UNSURE_BELOW, ViewPrediction, predict_view

_SURE_OF_TURN: Final = 0.5
"""Probability of a turn from which a film is turned; with less, it lies as its file says."""
_OTHER: Final = "other"


@dataclass(frozen=True)
class ViewedFilm:
    """A film put upright, the view that it shows, and what was found on the way.

    ``turns`` is the number of quarter turns, as of ``numpy.rot90``, by which it was turned.
    """

    film: Radiograph
    view: ViewPrediction
    turns: int = 0
    findings: tuple[Finding, ...] = ()

    def probability_of(self, views: tuple[str, ...]) -> float:
        """The probability that the film is one of these views, 0 to 1."""
        return sum(self.view.probabilities.get(view, 0.0) for view in views)

    def shows(self, views: tuple[str, ...]) -> bool:
        """Whether the film is surely one of these views."""
        return self.probability_of(views) >= UNSURE_BELOW


def _of_turn(film: Radiograph) -> tuple[Finding, ...]:
    """A film that was turned is left for review; where the file says how it lies, the two contradict each other."""
    turned = Finding("turned_film", Status.REVIEW)
    return (turned, Finding("tag_contradicts_content", Status.REVIEW)) if film.sides_tagged else (turned,)


def _of_view(film: Radiograph, view: ViewPrediction) -> tuple[Finding, ...]:
    """What an upright film shows that its file does not say."""
    found = []
    if view.is_mirrored:
        found.append("mirrored")
        if film.sides_tagged:
            found.append("tag_contradicts_content")
    if film.projection is Projection.LATERAL and not view.is_unsure and "lateral" not in view.view:
        found.append("tag_contradicts_content")
    return tuple(Finding(reason, Status.REVIEW) for reason in dict.fromkeys(found))


def view_of_film(film: Radiograph, predict: Callable[[Radiograph], ViewPrediction] = predict_view) -> ViewedFilm:
    """Recognise a film's view, and turn it upright if it lies on its side or its head.

    Parameters
    ----------
    film : Radiograph
        The film, as its file says it lies.
    predict : Callable[[Radiograph], ViewPrediction]
        Says what a film shows: the network that ships, or another that is judged.

    Returns
    -------
    ViewedFilm
        The upright film with its view. Findings, all to review: ``turned_film``, ``mirrored``, and
        ``tag_contradicts_content`` where the file says another orientation, side or projection.

    Raises
    ------
    BrokenBundle
        If the weights are missing or damaged.

    Examples
    --------
    >>> from radcaliper.pipelines.phantoms.spine import spine_phantom
    >>> viewed = view_of_film(spine_phantom().film)
    >>> viewed.view.view, viewed.turns, viewed.findings
    ('ap_spine', 0, ())
    """
    view = predict(film)
    if view.turns == 0 or view.turns_probability < _SURE_OF_TURN:
        return ViewedFilm(film, view, findings=_of_view(film, view))
    upright = film.turned(view.turns)
    again = predict(upright)
    if again.is_unsure or again.view == _OTHER:  # how such a film should lie is not known
        return ViewedFilm(film, view, findings=_of_view(film, view))
    return ViewedFilm(upright, again, view.turns, (*_of_turn(film), *_of_view(film, again)))
