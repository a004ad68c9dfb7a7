"""A film's numbers before and after a reviewer's edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from radcaliper.measurements.types import Measurement, NotMeasurable, Reading, Status
from radcaliper.qc.intervals import around, interval

_ANSWERED: Final = frozenset(
    {"low_quality", "unusable_mask", "doubtful_vertebra", "wide_interval", "unstable_number", "vertebra_count"}
)
"""Doubts about what the network saw; they do not outlive a person's correction of it."""


ENDS_CHOSEN: Final = {"ends": "chosen"}
"""The detail of an angle whose end vertebrae a person chose."""
_ENDS_UNSURE: Final = "end_vertebra_unsure"


class Key(NamedTuple):
    """Which number of a film."""

    measurement: str
    site: str
    method: str


Readings = Mapping[Key, Reading | NotMeasurable]
"""Fresh readings, or why there is none, of the numbers that edits touch."""


def changed(fresh: Readings, former: Readings) -> Readings:
    """The fresh readings that differ from those before the edits, both measured on landmarks as the tables hold them.

    The automatic numbers were measured before these were rounded.
    """
    return {key: reading for key, reading in fresh.items() if _told_apart(reading, former.get(key))}


def _told_apart(a: Reading | NotMeasurable, b: Reading | NotMeasurable | None) -> bool:
    if isinstance(a, NotMeasurable) and isinstance(b, NotMeasurable):
        return a.reason != b.reason
    return a != b


def key_of(number: Measurement | Reading) -> Key:
    """The key of a number."""
    return Key(number.measurement, number.site, number.method)


@dataclass(frozen=True)
class Number:
    """One number as it is now; ``former`` is the automatic one, None where only the correction shows it."""

    now: Measurement
    former: Measurement | None

    @property
    def corrected_value(self) -> float | None:
        """The value after correction where it differs from the automatic one, to the tables' five digits."""
        if self.now.value is None:
            return None
        value = round(self.now.value, 5)
        former = None if self.former is None or self.former.value is None else round(self.former.value, 5)
        return None if value == former else value


def _spread(reading: Reading, former: Measurement | None) -> tuple[float, float]:
    """The interval of a corrected value: as wide as the automatic one's, or the least that the calibration knows.

    A correction moves the value; how sure such a value can be is not known better than before.
    """
    if former is None or former.value is None or former.upper is None:
        return interval(reading.measurement, reading.value, (), reading.unit)
    return around(reading.measurement, reading.value, former.upper - former.value)


def _measured(reading: Reading, former: Measurement | None, reference_class: str) -> Measurement:
    kept = () if former is None or former.status is Status.REFUSED else former.reasons
    answered = {*_ANSWERED, _ENDS_UNSURE} if reading.details.items() >= ENDS_CHOSEN.items() else _ANSWERED
    reasons = tuple(reason for reason in kept if reason not in answered)
    return Measurement.of(reading, _spread(reading, former), reference_class, reasons)


def renewed(key: Key, fresh: Reading | NotMeasurable, former: Measurement | None, reference_class: str) -> Number:
    """The number after an edit: measured anew, or refused with its reason."""
    if isinstance(fresh, NotMeasurable):
        return Number(Measurement(*key, Status.REFUSED, reasons=(fresh.reason,)), former)
    return Number(_measured(fresh, former, reference_class), former)
