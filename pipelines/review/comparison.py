"""Two films side by side, as of one patient before and after: the change of each number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from radcaliper.measurements.types import Key, Measurement
from radcaliper.pipelines.review.measurements import ReviewedMeasurement
from radcaliper.pipelines.review.worklist import WorkItem


@dataclass(frozen=True)
class Change:
    """A number on two films. ``difference`` is now less then; None where either has no value, or another unit."""

    key: Key
    other: Measurement
    difference: float | None


def _difference(now: Measurement, then: Measurement) -> float | None:
    if now.value is None or then.value is None or now.unit is not then.unit:
        return None
    return now.value - then.value


def changes_between(now: Iterable[ReviewedMeasurement], then: Iterable[ReviewedMeasurement]) -> tuple[Change, ...]:
    """The change of every number that both films have, from ``then`` to ``now``.

    A curve is compared with the curve of its number (``curve_1`` is the largest on either film).
    """
    others = {each.now.key: each.now for each in then}
    return tuple(
        Change(each.now.key, others[each.now.key], _difference(each.now, others[each.now.key]))
        for each in now
        if each.now.key in others
    )


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
