"""The rows of chest films for the figures of quality: undamaged films, damaged ones, and films of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import track

from radcaliper.learning.chest.calibrate import mask_examples, measurement_errors
from radcaliper.learning.chest.film_copies import FilmCopy, film_copies, map_films
from radcaliper.learning.chest.gates import gate_of
from radcaliper.learning.chest.other_films import other_films
from radcaliper.learning.chest.passes_agreement import agreement_of_passes
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.quality.reverse_classification import (
    Reference,
    reference_of,
    references_of,
    reverse_accuracy,
)
from radcaliper.learning.quality.rows import REGISTERED, QualityRows

_REGISTERED_EVERY: Final = 3
"""The slow baseline is computed on every third film."""
_REGISTERED_AMONG: Final = 8
"""It is computed on the film itself and on one of so many damaged copies, another one on each film."""
_REFERENCE_FOLD: Final = HELD_OUT_FOLD + 1
"""The fold that the baseline's reference films are from."""


def _registered(copy: FilmCopy, references: Sequence[Reference]) -> dict[str, float]:
    grey = copy.radiograph.pixels
    return reverse_accuracy(reference_of(grey, copy.prediction.masks), list(references))


def _film_rows(number: int, film: LabelledFilm, references: Sequence[Reference]) -> QualityRows:
    """All copies of one film; a copy that the gates refuse shows no masks and no numbers."""
    rows = QualityRows()
    is_registered, damaged_place = number % _REGISTERED_EVERY == 0, 1 + number % _REGISTERED_AMONG
    for place, copy in enumerate(film_copies(film, number)):
        described: dict[str, Any] = {"image": film.name, "patient": film.patient}
        described |= {"dataset": copy.dataset, "damage": copy.damage}
        gate = gate_of(copy)
        rows.films.append(described | gate)
        if gate["refused"]:
            continue
        registered = _registered(copy, references) if is_registered and place in (0, damaged_place) else {}
        by_baseline = {"agreement": agreement_of_passes(copy), REGISTERED: registered}
        for mask in mask_examples(copy):
            named = {score: of[mask.name] for score, of in by_baseline.items() if mask.name in of}
            rows.add_mask(described, mask, named)
        for error in measurement_errors(copy):
            rows.add_measurement(described, error)
    return rows


def add_chest(rows: QualityRows, data: Path) -> None:
    """Add the held-out chest films, undamaged and damaged, and the films of another kind."""
    references = references_of(chest_films(data, _REFERENCE_FOLD))
    for film_rows in map_films(data, partial(_film_rows, references=references), "chest films"):
        rows.extend(film_rows)
    rows.others.extend(track(other_films(data), "other films", total=None, console=Console(stderr=True)))
