"""The rows of chest films for the figures of quality: as they are, damaged, and films of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import track

from radcaliper.learning.chest.calibrate import masks_seen, number_errors
from radcaliper.learning.chest.copies import CLEAN, Look, Purpose, looks, over_films
from radcaliper.learning.chest.other_films import other_films
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.quality.reverse_classification import (
    Reference,
    reference_of,
    references_of,
    reverse_accuracy,
)
from radcaliper.learning.quality.rows import Rows
from radcaliper.measurements.chest import rotation_ratio
from radcaliper.measurements.types import NotMeasurable, Status
from radcaliper.qc.gates.chest import chest_findings
from radcaliper.qc.gates.film import acquisition_findings

_REGISTERED_FILMS: Final = 3
"""Every how many-th film the slow baseline is computed on."""
_REGISTERED_DAMAGES: Final = 1
"""On how many of its damaged copies, besides the film as it is."""
_REFERENCE_FOLD: Final = HELD_OUT_FOLD + 1
"""The fold that the baseline's reference films are from."""


def _gate(look: Look) -> dict[str, Any]:
    """What the film gates say of a copy."""
    try:
        rotation = rotation_ratio(look.prediction.masks, look.radiograph.grid).value
    except NotMeasurable:  # the gate then says nothing of rotation
        rotation = None
    findings = (
        *chest_findings(look.radiograph, look.prediction, rotation),
        *acquisition_findings(look.radiograph),
    )
    refused = any(finding.status is Status.REFUSED for finding in findings)
    return {"refused": refused, "reasons": ";".join(finding.reason for finding in findings)}


def _registered(look: Look, references: Sequence[Reference]) -> dict[str, float]:
    grey = look.radiograph.pixels
    return reverse_accuracy(reference_of(grey, look.prediction.masks), list(references))


def _film_rows(number: int, film: LabelledFilm, references: Sequence[Reference]) -> Rows:
    """All copies of one film."""
    rows, slow = Rows(), 0
    for look in looks(film, number, tuple(Purpose)):
        judged = look.damage == CLEAN or look.purpose is Purpose.JUDGING
        of: dict[str, Any] = {"image": film.name, "patient": film.patient}
        of |= {"dataset": look.dataset, "damage": look.damage}
        of |= {"judged": judged, "fitted": look.purpose is Purpose.CALIBRATING}
        registered: dict[str, float] = {}
        if judged and number % _REGISTERED_FILMS == 0 and slow <= _REGISTERED_DAMAGES:
            registered, slow = _registered(look, references), slow + 1
        for mask in masks_seen(look):
            rows.add_mask(of, mask, registered.get(mask.name))
        for error in number_errors(look):
            rows.add_measurement(of, error)
        if judged:
            rows.films.append(of | _gate(look))
    return rows


def add_chest(rows: Rows, data: Path) -> None:
    """The held-out chest films, as they are and damaged."""
    references = references_of(chest_films(data, _REFERENCE_FOLD))
    for own in over_films(data, partial(_film_rows, references=references), "chest films"):
        rows.extend(own)
    rows.others.extend(track(other_films(data), "other films", total=None, console=Console(stderr=True)))
