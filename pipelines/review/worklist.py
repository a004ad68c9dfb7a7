"""The films of a results folder as a list that is sorted, filtered and counted for review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from radcaliper.measurements.types import Status
from radcaliper.pipelines.results.report_order import report_order
from radcaliper.pipelines.review.journal import Decision
from radcaliper.qc.reasons import REASONS, in_words

_REASON_RANKS: Final = {code: rank for rank, code in enumerate(REASONS)}


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One film of the list.

    ``decision`` is that of its valid review. A ``stale`` film has a review that no longer fits its file, unit or pixel
    spacing; it needs a new review.
    """

    image: str
    status: Status
    reasons: tuple[str, ...] = ()
    protocol: str = ""
    error: str = ""
    lowest_quality: float | None = None
    decision: Decision | None = None
    stale: bool = False

    @property
    def done(self) -> bool:
        """Whether the film has a valid review."""
        return self.decision is not None and not self.stale

    @property
    def explanation(self) -> str:
        """The reasons in words, or the error."""
        return self.error or in_words(self.reasons)


class Order(StrEnum):
    """What the list is sorted by; the worst films come first."""

    REPORT = "as in the report"
    QUALITY = "lowest quality"
    REASON = "reason"
    NAME = "name"


def _by_quality(item: WorkItem) -> tuple[bool, float, str]:
    """Films without a quality have nothing to correct and come last."""
    return item.lowest_quality is None, item.lowest_quality or 0.0, item.image


def _as_in_report(item: WorkItem) -> tuple[object, ...]:
    return report_order(item.status.value, item.lowest_quality, item.image)


def _by_reason(item: WorkItem) -> tuple[int, str]:
    return min((_REASON_RANKS[code] for code in item.reasons), default=len(REASONS)), item.image


_SORTED_BY: Final[dict[Order, Callable[[WorkItem], tuple[object, ...]]]] = {
    Order.REPORT: _as_in_report,
    Order.QUALITY: _by_quality,
    Order.REASON: _by_reason,
    Order.NAME: lambda item: (item.image,),
}


@dataclass(frozen=True)
class Filter:
    """Conditions that a listed film meets; None and False are no condition.

    With ``values`` of a measurement by film, one of the film's own lies between ``minimum`` and ``maximum``.
    """

    status: Status | None = None
    values: Mapping[str, tuple[float, ...]] | None = None
    minimum: float | None = None
    maximum: float | None = None
    unsigned_only: bool = False

    def matches(self, item: WorkItem) -> bool:
        """Whether a film meets all conditions."""
        if self.status is not None and item.status is not self.status:
            return False
        if self.unsigned_only and item.done:
            return False
        return self.values is None or any(map(self._within, self.values.get(item.image, ())))

    def _within(self, value: float) -> bool:
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)


def filter_and_sort(items: Iterable[WorkItem], conditions: Filter, order: Order) -> tuple[WorkItem, ...]:
    """The films that meet the conditions, sorted."""
    return tuple(sorted(filter(conditions.matches, items), key=_SORTED_BY[order]))


@dataclass(frozen=True)
class Progress:
    """How many films are signed and how many are left."""

    done: int
    left: int


def progress(items: Iterable[WorkItem]) -> Progress:
    """Count the films."""
    signed = [item.done for item in items]
    return Progress(sum(signed), len(signed) - sum(signed))


def films_to_compare(items: Sequence[WorkItem], image: str) -> tuple[WorkItem, ...]:
    """The films that one may be compared with: of its protocol, those that share most of its name first.

    Films of one patient usually lie in one folder or begin alike; the folder counts before the name.
    """
    own = next((item for item in items if item.image == image), None)
    if own is None or not own.protocol:
        return ()
    same = (item for item in items if item.protocol == own.protocol and item.image != image)
    return tuple(sorted(same, key=lambda item: (-_alike(item.image, image), item.image)))


def _alike(name: str, other: str) -> int:
    """How many characters two names begin with alike."""
    pairs = zip(name, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(name), len(other)))
