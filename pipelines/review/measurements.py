"""A film's measurements before and after a reviewer's edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Interval, Key, MeasuredValue, Measurement, NotMeasurable, Status
from radcaliper.qc.intervals import around, interval

_UNCERTAINTY_REASONS: Final = frozenset(
    {"low_quality", "unusable_mask", "doubtful_vertebra", "wide_interval", "unstable_number", "vertebra_count"}
)
"""Reasons that come from a network's uncertainty; a person's correction removes them."""
ENDS_CHOSEN: Final = {"ends": "chosen"}
"""The detail that marks an angle whose end vertebrae a person chose."""
_ENDS_UNSURE: Final = "end_vertebra_unsure"

MeasuredValues = Mapping[Key, MeasuredValue | NotMeasurable]
"""The new values of the measurements that edits touch, or why there is no value."""


def changed_values(new: MeasuredValues, before: MeasuredValues) -> MeasuredValues:
    """The new values that differ from those before the edits.

    Both have to be measured on the landmarks of the tables. The automatic values would differ from either by rounding,
    as they were measured before the landmarks were rounded for the tables.
    """
    return {key: value for key, value in new.items() if _differ(value, before.get(key))}


def _differ(a: MeasuredValue | NotMeasurable, b: MeasuredValue | NotMeasurable | None) -> bool:
    if isinstance(a, NotMeasurable) and isinstance(b, NotMeasurable):
        return a.reason != b.reason
    return a != b


@dataclass(frozen=True)
class ReviewedMeasurement:
    """A measurement after the edits, and the automatic one: None where there is only one after the edits."""

    now: Measurement
    automatic: Measurement | None

    @property
    def corrected_value(self) -> float | None:
        """The value after the edits where it differs from the automatic one in the tables' five digits; else None."""
        if self.now.value is None:
            return None
        value = round(self.now.value, 5)
        was = None if self.automatic is None or self.automatic.value is None else round(self.automatic.value, 5)
        return None if value == was else value


def _renamed(new: MeasuredValue, automatic: Measurement) -> bool:
    """Whether only the levels of a number's vertebrae are other ones, which settles no doubt about the number."""
    changed = {key for key, value in new.details.items() if automatic.details.get(key) != value}
    same = automatic.value is not None and round(new.value, 5) == round(automatic.value, 5)
    return same and bool(changed) and all(key.endswith("_level") for key in changed)


def _interval(measured: MeasuredValue, automatic: Measurement | None) -> Interval | None:
    """The interval of a corrected value: as wide as the automatic one's, else the narrowest that was calibrated.

    It is not narrower than before, as nobody has measured how exact corrections are.
    """
    if automatic is None or automatic.value is None or automatic.interval is None:
        return interval(measured, ())
    return around(measured.spec, measured.value, automatic.interval[1] - automatic.value)


def _corrected(measured: MeasuredValue, automatic: Measurement | None, view: str) -> Measurement:
    kept = () if automatic is None or automatic.status is Status.REFUSED else automatic.reasons
    ends_chosen = measured.details.items() >= ENDS_CHOSEN.items()
    settled = {*_UNCERTAINTY_REASONS, _ENDS_UNSURE} if ends_chosen else _UNCERTAINTY_REASONS
    reasons = tuple(reason for reason in kept if reason not in settled)
    reference_class = measured.spec.reference_class(measured, view)
    return Measurement.of(measured, _interval(measured, automatic), reference_class, reasons)


def reviewed_measurement(
    spec: MeasurementSpec, key: Key, new: MeasuredValue | NotMeasurable, automatic: Measurement | None, view: str
) -> ReviewedMeasurement:
    """The measurement after an edit: with its new value, or refused with its reason."""
    if isinstance(new, NotMeasurable):
        return ReviewedMeasurement(Measurement.refused(spec, key.site, key.method, new.reason), automatic)
    if automatic is not None and _renamed(new, automatic):
        return ReviewedMeasurement(replace(automatic, details=new.details), automatic)
    return ReviewedMeasurement(_corrected(new, automatic, view), automatic)
