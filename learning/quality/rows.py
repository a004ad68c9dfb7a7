"""What the figures of quality are computed from: a row a mask, a row a number, a row a film, of every copy looked at.

Copies for calibrating are only fitted on; what is judged are films as they are, and damaged copies drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rich.console import Console
from rich.progress import track

from radcaliper.learning.chest.calibrate import masks_seen, number_errors
from radcaliper.learning.chest.copies import CLEAN, Look, Purpose, looks, over_films
from radcaliper.learning.chest.other_films import other_films
from radcaliper.learning.conformal import NumberError, within_intervals
from radcaliper.learning.datasets.chest import LabelledFilm, chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.dice_bound import MaskSeen, cross_fitted
from radcaliper.learning.hip.calibrate import simulated_errors
from radcaliper.learning.quality.reverse_classification import (
    Reference,
    reference_of,
    references_of,
    reverse_accuracy,
)
from radcaliper.learning.spine.calibrate import spine_errors, spine_masks, spines_seen
from radcaliper.measurements.chest import rotation_ratio
from radcaliper.measurements.types import NotMeasurable, Status
from radcaliper.qc.gates.chest import chest_findings

_REGISTERED_FILMS: Final = 3
"""Every how many-th film the slow baseline is computed on."""
_REGISTERED_DAMAGES: Final = 1
"""On how many of its damaged copies, besides the film as it is."""
_REFERENCE_FOLD: Final = HELD_OUT_FOLD + 1
"""The fold that the baseline's reference films are from."""


@dataclass
class Rows:
    """Rows as they come, each a dictionary, and the masks and errors they stand for."""

    masks: list[dict[str, Any]] = field(default_factory=list)
    seen: list[MaskSeen] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    films: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)

    def extend(self, other: Rows) -> None:
        """Add all rows of another."""
        for mine, theirs in ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Rows)):
            mine.extend(theirs)

    def add_mask(self, of: dict[str, Any], mask: MaskSeen, registered: float | None = None) -> None:
        """One mask of a copy described by ``of``; ``registered`` is what the slow baseline says of it."""
        self.seen.append(mask)
        scores = {
            "agreement": 1 - mask.causes["disagreement"],
            "mean probability": 1 - mask.causes.get("improbability", float("nan")),
            "reverse classification": float("nan") if registered is None else registered,
        }
        self.masks.append(of | {"structure": mask.name, "dice": mask.dice} | scores)

    def add_number(self, of: dict[str, Any], error: NumberError) -> None:
        """One number of a copy described by ``of``."""
        self.numbers.append(of | asdict(error))


@dataclass(frozen=True, eq=False)
class QualityTables:
    """``masks`` with ``quality`` and ``lower`` from cross-fits by patient, ``numbers`` with ``covered``, and ``films``.

    Only what is judged; ``unseen`` holds damaged masks as fits that never saw their kind of damage see them, ``others``
    films of another kind.
    """

    masks: pd.DataFrame
    numbers: pd.DataFrame
    films: pd.DataFrame
    unseen: pd.DataFrame
    others: pd.DataFrame


def _gate(look: Look) -> dict[str, Any]:
    """What the film gates say of a copy."""
    try:
        rotation = rotation_ratio(look.segmentation.masks, look.radiograph.grid).value
    except NotMeasurable:  # the gate then says nothing of rotation
        rotation = None
    findings = chest_findings(look.radiograph, look.segmentation, rotation)
    refused = any(finding.status is Status.REFUSED for finding in findings)
    return {"refused": refused, "reasons": ";".join(finding.reason for finding in findings)}


def _registered(look: Look, references: Sequence[Reference]) -> dict[str, float]:
    grey = look.radiograph.pixels
    return reverse_accuracy(reference_of(grey, look.segmentation.masks), list(references))


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
            rows.add_number(of, error)
        if judged:
            rows.films.append(of | _gate(look))
    return rows


def add_chest(rows: Rows, data: Path) -> None:
    """The held-out chest films, as they are and damaged."""
    references = references_of(chest_films(data, _REFERENCE_FOLD))
    for own in over_films(data, partial(_film_rows, references=references), "chest films"):
        rows.extend(own)
    rows.others.extend(track(other_films(data), "other films", total=None, console=Console(stderr=True)))


def _as_it_is(dataset: str, patient: str) -> dict[str, Any]:
    return {"image": patient, "patient": patient, "dataset": dataset, "damage": CLEAN, "judged": True, "fitted": True}


def add_spine(rows: Rows, data: Path) -> None:
    """The held-out AASCE films as they are."""
    for seen in track(spines_seen(data), "spine", total=None, console=Console(stderr=True)):
        of = _as_it_is("aasce", seen.film.patient)
        for mask in spine_masks(seen):
            rows.add_mask(of, mask)
        for error in spine_errors(seen):
            rows.add_number(of, error)


def add_hip(rows: Rows, data: Path) -> None:
    """Simulated films of the held-out subjects."""
    for error in track(simulated_errors(data), "hip", total=None, console=Console(stderr=True)):
        rows.add_number(_as_it_is("simulated", error.patient), error)


def _with_quality(masks: pd.DataFrame, seen: Sequence[MaskSeen], fit_on: pd.Series, judge: pd.Series) -> pd.DataFrame:
    """The rows to ``judge`` with quality and lower bound by fits on ``fit_on`` rows of other patients."""
    fitting = [mask for mask, chosen in zip(seen, fit_on, strict=True) if chosen]
    judging = [mask for mask, chosen in zip(seen, judge, strict=True) if chosen]
    found = cross_fitted(fitting, judging)
    quality = [float("nan") if each is None else each.quality for each in found]
    lower = [float("nan") if each is None else each.lower for each in found]
    return masks[judge].assign(quality=quality, lower=lower).dropna(subset=["quality"])


def _of_unseen_damage(masks: pd.DataFrame, seen: Sequence[MaskSeen]) -> Iterator[pd.DataFrame]:
    for damage in sorted(set(masks.damage) - {CLEAN}):
        of_kind = masks.damage == damage
        yield _with_quality(masks, seen, masks.fitted & ~of_kind, masks.judged & of_kind)


def tables_of(rows: Rows) -> QualityTables:
    """Judge everything by fits that never saw its patient."""
    masks, numbers = pd.DataFrame(rows.masks), pd.DataFrame(rows.numbers)
    clean = numbers[numbers.damage == CLEAN]
    parts = [
        part.assign(covered=within_intervals(clean[clean.name == name], part))
        for name, part in numbers[numbers.judged].groupby("name")
        if (clean.name == name).sum() >= 20
    ]
    judged = pd.DataFrame() if masks.empty else _with_quality(masks, rows.seen, masks.fitted, masks.judged)
    unseen = [] if masks.empty else list(_of_unseen_damage(masks, rows.seen))
    return QualityTables(
        masks=judged,
        numbers=pd.concat(parts),
        films=pd.DataFrame(rows.films),
        unseen=pd.concat(unseen) if unseen else pd.DataFrame(),
        others=pd.DataFrame(rows.others),
    )
