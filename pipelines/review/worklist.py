"""The films of a results folder as a reviewer goes through them: worst first, filtered, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from radcaliper.measurements.types import Status
from radcaliper.pipelines.review.journal import Decision
from radcaliper.qc.reasons import REASONS

_REASON_PLACES: Final = {code: place for place, code in enumerate(REASONS)}


@dataclass(frozen=True)
class WorkItem:
    """One film of the list; ``values`` are its automatic values by measurement, one for each site and method.

    ``decision`` is that of the review that counts; ``stale`` says that something was signed that no longer belongs to
    the film, its unit or its pixel spacing: such a film is to be looked at again.
    """

    image: str
    status: Status
    reasons: tuple[str, ...] = ()
    protocol: str = ""
    error: str = ""
    lowest_quality: float | None = None
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    decision: Decision | None = None
    stale: bool = False

    @property
    def done(self) -> bool:
        """Whether a review of the film counts."""
        return self.decision is not None and not self.stale

    @property
    def why(self) -> str:
        """The reasons, or the error, in one line."""
        return self.error or ", ".join(self.reasons)


class Order(StrEnum):
    """What the list is sorted by."""

    QUALITY = "lowest quality"
    REASON = "reason"
    NAME = "name"


def _by_quality(item: WorkItem) -> tuple[bool, float, str]:
    """Films without a quality, which nothing can be corrected on, come last."""
    return item.lowest_quality is None, item.lowest_quality or 0.0, item.image


def _by_reason(item: WorkItem) -> tuple[int, str]:
    return min((_REASON_PLACES[code] for code in item.reasons), default=len(REASONS)), item.image


_SORTED_BY: Final[dict[Order, Callable[[WorkItem], tuple[object, ...]]]] = {
    Order.QUALITY: _by_quality,
    Order.REASON: _by_reason,
    Order.NAME: lambda item: (item.image,),
}


@dataclass(frozen=True)
class Filter:
    """Which films are listed: those that fit everything that is set."""

    status: Status | None = None
    measurement: str = ""
    least: float | None = None
    most: float | None = None
    open_only: bool = False

    def takes(self, item: WorkItem) -> bool:
        """Whether a film is listed; with a measurement, whether one of its values lies between least and most."""
        if self.status is not None and item.status is not self.status:
            return False
        if self.open_only and item.done:
            return False
        return not self.measurement or any(map(self._within, item.values.get(self.measurement, ())))

    def _within(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def arranged(items: Iterable[WorkItem], wanted: Filter, order: Order) -> tuple[WorkItem, ...]:
    """The films that the filter takes, in order."""
    return tuple(sorted(filter(wanted.takes, items), key=_SORTED_BY[order]))


@dataclass(frozen=True)
class Progress:
    """How many films are signed and how many are left."""

    done: int
    left: int


def progress(items: Iterable[WorkItem]) -> Progress:
    """Count the films."""
    signed = [item.done for item in items]
    return Progress(sum(signed), len(signed) - sum(signed))
