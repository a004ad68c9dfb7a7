"""A film's measurements before and after a reviewer's edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Interval, Key, MeasuredValue, Measurement, NotMeasurable, Status
from radcaliper.qc.intervals import around, interval

_ANSWERED: Final = frozenset(
    {"low_quality", "unusable_mask", "doubtful_vertebra", "wide_interval", "unstable_number", "vertebra_count"}
)
"""Reasons that a network's uncertainty gave; they do not outlive a person's correction."""


ENDS_CHOSEN: Final = {"ends": "chosen"}
"""The detail of an angle whose end vertebrae a person chose."""
_ENDS_UNSURE: Final = "end_vertebra_unsure"

MeasuredValues = Mapping[Key, MeasuredValue | NotMeasurable]
"""New values, or why there is none, of the measurements that edits touch."""


def changed(new: MeasuredValues, before: MeasuredValues) -> MeasuredValues:
    """The new values that differ from those before the edits, both measured on landmarks as the tables hold them.

    The automatic values were measured before these were rounded.
    """
    return {key: value for key, value in new.items() if _differ(value, before.get(key))}


def _differ(a: MeasuredValue | NotMeasurable, b: MeasuredValue | NotMeasurable | None) -> bool:
    if isinstance(a, NotMeasurable) and isinstance(b, NotMeasurable):
        return a.reason != b.reason
    return a != b


@dataclass(frozen=True)
class ReviewedMeasurement:
    """One measurement as it is now, and as it was measured automatically: None where only the correction shows it."""

    now: Measurement
    automatic: Measurement | None

    @property
    def corrected_value(self) -> float | None:
        """The value after correction where it differs from the automatic one, to the tables' five digits."""
        if self.now.value is None:
            return None
        value = round(self.now.value, 5)
        was = None if self.automatic is None or self.automatic.value is None else round(self.automatic.value, 5)
        return None if value == was else value


def _interval(measured: MeasuredValue, automatic: Measurement | None) -> Interval | None:
    """The interval of a corrected value: as wide as the automatic one's, or the least that the calibration knows.

    A correction moves the value; how sure such a value can be is not known better than before.
    """
    if automatic is None or automatic.value is None or automatic.interval is None:
        return interval(measured, ())
    return around(measured.spec, measured.value, automatic.interval[1] - automatic.value)


def _measured_anew(measured: MeasuredValue, automatic: Measurement | None, view: str) -> Measurement:
    kept = () if automatic is None or automatic.status is Status.REFUSED else automatic.reasons
    answered = {*_ANSWERED, _ENDS_UNSURE} if measured.details.items() >= ENDS_CHOSEN.items() else _ANSWERED
    reasons = tuple(reason for reason in kept if reason not in answered)
    word = measured.spec.reference_class(measured, view)
    return Measurement.of(measured, _interval(measured, automatic), word, reasons)


def reviewed(
    spec: MeasurementSpec, key: Key, new: MeasuredValue | NotMeasurable, automatic: Measurement | None, view: str
) -> ReviewedMeasurement:
    """The measurement after an edit: measured anew, or refused with its reason."""
    if isinstance(new, NotMeasurable):
        return ReviewedMeasurement(Measurement.refused(spec, key.site, key.method, new.reason), automatic)
    return ReviewedMeasurement(_measured_anew(new, automatic, view), automatic)
