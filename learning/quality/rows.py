"""What the figures of quality are computed from: a row a mask, a row a number, a row a film, of every copy looked at.

Copies for calibrating are only fitted on; what is judged are films as they are, and damaged copies drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import pandas as pd

from radcaliper.learning.chest.copies import CLEAN
from radcaliper.learning.conformal import MeasurementError, within_intervals
from radcaliper.learning.dice_bound import MaskExample, cross_fitted


@dataclass
class Rows:
    """Rows as they come, each a dictionary, and the masks and errors they stand for."""

    masks: list[dict[str, Any]] = field(default_factory=list)
    seen: list[MaskExample] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    films: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)

    def extend(self, other: Rows) -> None:
        """Add all rows of another."""
        for mine, theirs in ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Rows)):
            mine.extend(theirs)

    def add_mask(self, of: dict[str, Any], mask: MaskExample, registered: float | None = None) -> None:
        """One mask of a copy described by ``of``; ``registered`` is what the slow baseline says of it."""
        self.seen.append(mask)
        scores = {
            "agreement": 1 - mask.features["disagreement"],
            "mean probability": 1 - mask.features.get("improbability", float("nan")),
            "reverse classification": float("nan") if registered is None else registered,
        }
        self.masks.append(of | {"structure": mask.name, "dice": mask.dice} | scores)

    def add_measurement(self, of: dict[str, Any], error: MeasurementError) -> None:
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


def as_it_is(dataset: str, patient: str) -> dict[str, Any]:
    """What describes a film that was not damaged."""
    return {"image": patient, "patient": patient, "dataset": dataset, "damage": CLEAN, "judged": True, "fitted": True}


def _with_quality(
    masks: pd.DataFrame, seen: Sequence[MaskExample], fit_on: pd.Series, judge: pd.Series
) -> pd.DataFrame:
    """The rows to ``judge`` with quality and lower bound by fits on ``fit_on`` rows of other patients."""
    fitting = [mask for mask, chosen in zip(seen, fit_on, strict=True) if chosen]
    judging = [mask for mask, chosen in zip(seen, judge, strict=True) if chosen]
    found = cross_fitted(fitting, judging)
    quality = [float("nan") if each is None else each.quality for each in found]
    lower = [float("nan") if each is None else each.lower for each in found]
    return masks[judge].assign(quality=quality, lower=lower).dropna(subset=["quality"])


def _of_unseen_damage(masks: pd.DataFrame, seen: Sequence[MaskExample]) -> Iterator[pd.DataFrame]:
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
