"""How the main numbers and the qualities of all films are distributed, gathered film by film."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Unit
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.protocols.wording import UNIT_WORDS, number_words
from radcaliper.pipelines.results.report.listed import ListedFilm, Number, standing_value, worst_quality
from radcaliper.pipelines.results.stored import StoredResult

QUALITY: Final = "quality"
_STEPS: Final = {Unit.RATIO: 0.02, Unit.DEGREE: 2.5, Unit.MILLIMETRE: 5.0}
_OTHER_STEP: Final = 50.0
_MOST_BARS: Final = 40
_EXTREMES: Final = 3
"""Films that are named at either end."""


@dataclass(frozen=True)
class MainColumn:
    """A main number of a protocol: a column of the table of films."""

    protocol: str
    spec: MeasurementSpec
    site: str

    @property
    def label(self) -> str:
        """Its heading."""
        return ", ".join(filter(None, (self.spec.label, self.site.replace("_", " "))))

    def among(self, film: ListedFilm) -> Number | None:
        """A film's number for the column: the first one with a value, else the first that tells why there is none."""
        own = [each for each in film.numbers if (each.measurement, each.site) == (self.spec.name, self.site)]
        return next((each for each in own if each.sorts_as is not None), own[0] if own else None)


@lru_cache
def main_columns(protocol: str) -> tuple[MainColumn, ...]:
    """The main numbers of a protocol: of curves, the first."""
    if protocol not in PROTOCOLS:
        return ()
    spec = PROTOCOLS[protocol].measurement(PROTOCOLS[protocol].main)
    return tuple(MainColumn(protocol, spec, site.replace("*", "1")) for site in spec.sites)


@dataclass(frozen=True)
class Bar:
    """So many films have a value from ``low`` to below ``high``."""

    low: float
    high: float
    count: int
    words: str


@dataclass
class Distribution:
    """The values of one number over all films; what it holds does not grow with their number."""

    name: str
    label: str
    unit: Unit
    counts: Counter[int] = field(default_factory=Counter)
    lowest: list[tuple[float, str]] = field(default_factory=list)
    highest: list[tuple[float, str]] = field(default_factory=list)

    @property
    def step(self) -> float:
        """The width of a bar."""
        return _STEPS.get(self.unit, _OTHER_STEP)

    @property
    def total(self) -> int:
        """How many values there are."""
        return self.counts.total()

    def add(self, value: float, image: str) -> None:
        """Count a film's value."""
        self.counts[math.floor(value / self.step + 1e-9)] += 1
        for ends, side in ((self.lowest, value), (self.highest, -value)):
            bisect.insort(ends, (side, image))
            del ends[_EXTREMES:]

    def extremes(self) -> dict[str, list[tuple[str, str]]]:
        """The films at both ends with their values in words."""
        return {
            "Lowest": [(self.words(value), image) for value, image in self.lowest],
            "Highest": [(self.words(-value), image) for value, image in self.highest],
        }

    def words(self, value: float) -> str:
        """A value as people write it."""
        return number_words(value, self.unit) + UNIT_WORDS[self.unit]

    def bars(self) -> list[Bar]:
        """The bars from the lowest to the highest value, wider ones where they would be too many."""
        first, last = min(self.counts), max(self.counts)
        wide = -(-(last - first + 1) // _MOST_BARS)
        return [self._bar(place, wide) for place in range(first, last + 1, wide)]

    def _bar(self, place: int, wide: int) -> Bar:
        low, high = place * self.step, (place + wide) * self.step
        count = sum(self.counts[each] for each in range(place, place + wide))
        words = f"{self.words(low)} to {self.words(high)}: {count} {'value' if count == 1 else 'values'}"
        return Bar(low, high, count, words)


class Overview:
    """What the page says of all films together, those that it does not list included."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.protocols: Counter[str] = Counter()
        self.distributions: dict[tuple[str, str], Distribution] = {}

    def add(self, film: StoredResult) -> None:
        """Count a film."""
        protocol = str(film.row["protocol"] or "")
        self.statuses[str(film.row["status"])] += 1
        self.protocols[protocol] += 1
        self.reasons.update(filter(None, str(film.row["reasons"] or "").split(";")))
        for column in main_columns(protocol):
            self._add_number(column, film)
        if (quality := worst_quality(film.structures)) is not None:
            self._of(QUALITY, "Lowest predicted Dice", Unit.RATIO).add(quality, film.image)

    def _add_number(self, column: MainColumn, film: StoredResult) -> None:
        own = (row for row in film.measurements if (row["measurement"], row["site"]) == (column.spec.name, column.site))
        found = ((standing_value(row), row["unit"]) for row in own)
        value, unit = next(((value, unit) for value, unit in found if value is not None), (None, None))
        if value is not None and unit in list(Unit):
            label = column.spec.label if len(column.spec.sites) > 1 else column.label
            self._of(column.spec.name, label, Unit(unit)).add(value, film.image)

    def columns(self) -> list[MainColumn]:
        """The main numbers of the protocols that there are, in the order of these."""
        return [column for protocol in PROTOCOLS if self.protocols[protocol] for column in main_columns(protocol)]

    def shown(self) -> list[Distribution]:
        """The distributions in the order of the columns, that of the qualities last."""
        names = [*dict.fromkeys(column.spec.name for column in self.columns()), QUALITY]
        return sorted(self.distributions.values(), key=lambda each: names.index(each.name))

    def _of(self, name: str, label: str, unit: Unit) -> Distribution:
        return self.distributions.setdefault((name, unit.value), Distribution(name, label, unit))
