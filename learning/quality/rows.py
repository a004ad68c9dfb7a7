"""What the figures of quality are computed from: a row for each mask, measurement and film of every copy.

Every mask that is shown is judged by a fit on the copies of other patients' films.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from radcaliper.learning.chest.film_copies import CLEAN
from radcaliper.learning.conformal import MeasurementError, within_intervals
from radcaliper.learning.dice_bound import MaskExample, cross_fitted

REGISTERED: Final = "reverse classification"
_NONE: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass
class QualityRows:
    """Rows of tables, each a dictionary; ``mask_examples`` are the masks of the rows of ``masks``, in their order."""

    masks: list[dict[str, Any]] = field(default_factory=list)
    mask_examples: list[MaskExample] = field(default_factory=list)
    measurements: list[dict[str, Any]] = field(default_factory=list)
    films: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)

    def extend(self, other: QualityRows) -> None:
        """Add all rows of another."""
        for mine, theirs in ((getattr(self, f.name), getattr(other, f.name)) for f in fields(QualityRows)):
            mine.extend(theirs)

    def add_mask(self, copy: dict[str, Any], mask: MaskExample, baselines: Mapping[str, float] = _NONE) -> None:
        """Add a mask of the copy that ``copy`` describes, with its Dice by each of the baselines that were asked."""
        self.mask_examples.append(mask)
        scores = {
            "agreement": 1 - mask.features["disagreement"],
            "mean probability": 1 - mask.features.get("improbability", float("nan")),
            REGISTERED: float("nan"),
        }
        self.masks.append(copy | {"structure": mask.name, "dice": mask.dice} | scores | dict(baselines))

    def add_measurement(self, copy: dict[str, Any], error: MeasurementError) -> None:
        """Add a measurement of the copy that ``copy`` describes."""
        self.measurements.append(copy | asdict(error))


@dataclass(frozen=True, eq=False)
class QualityTables:
    """The rows as tables.

    ``masks`` have ``quality`` and ``lower`` from cross-fits by patient, ``measurements`` have ``covered``.
    ``unseen_damage`` holds the damaged masks with ``quality`` and ``lower`` from fits without their kind of damage,
    ``others`` the films of another kind.
    """

    masks: pd.DataFrame
    measurements: pd.DataFrame
    films: pd.DataFrame
    unseen_damage: pd.DataFrame
    others: pd.DataFrame


def undamaged(dataset: str, patient: str) -> dict[str, Any]:
    """The description of an undamaged film."""
    return {"image": patient, "patient": patient, "dataset": dataset, "damage": CLEAN}


def _with_quality(
    masks: pd.DataFrame, examples: Sequence[MaskExample], fit_on: pd.Series, judge: pd.Series
) -> pd.DataFrame:
    """The rows to ``judge`` with quality and lower bound by fits on ``fit_on`` rows of other patients."""
    fitting = [mask for mask, chosen in zip(examples, fit_on, strict=True) if chosen]
    judging = [mask for mask, chosen in zip(examples, judge, strict=True) if chosen]
    found = cross_fitted(fitting, judging)
    quality = [float("nan") if each is None else each.quality for each in found]
    lower = [float("nan") if each is None else each.lower for each in found]
    return masks[judge].assign(quality=quality, lower=lower).dropna(subset=["quality"])


def _of_unseen_damage(masks: pd.DataFrame, examples: Sequence[MaskExample]) -> Iterator[pd.DataFrame]:
    for damage in sorted(set(masks.damage) - {CLEAN}):
        of_kind = masks.damage == damage
        yield _with_quality(masks, examples, ~of_kind, of_kind)


def judged_tables(rows: QualityRows) -> QualityTables:
    """The tables of all rows, each judged by fits without its patient."""
    masks, measurements = pd.DataFrame(rows.masks), pd.DataFrame(rows.measurements)
    clean = measurements[measurements.damage == CLEAN]
    parts = [
        part.assign(covered=within_intervals(clean[clean.name == name], part))
        for name, part in measurements.groupby("name")
        if (clean.name == name).sum() >= 20
    ]
    every = pd.Series(data=True, index=masks.index)
    judged = pd.DataFrame() if masks.empty else _with_quality(masks, rows.mask_examples, every, every)
    unseen = [] if masks.empty else list(_of_unseen_damage(masks, rows.mask_examples))
    return QualityTables(
        masks=judged,
        measurements=pd.concat(parts),
        films=pd.DataFrame(rows.films),
        unseen_damage=pd.concat(unseen) if unseen else pd.DataFrame(),
        others=pd.DataFrame(rows.others),
    )
