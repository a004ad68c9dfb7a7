"""The change of one number between two films of a patient, and whether it is more than noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Interval, Measurement, Status, Unit

_IN_PIXELS: Final = (Unit.PIXEL, Unit.SQUARE_PIXEL)


class Verdict(StrEnum):
    """What a difference between two films is called."""

    INCREASE = "increase"
    DECREASE = "decrease"
    WITHIN_NOISE = "within_noise"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Change:
    """One number on two films of a patient.

    Attributes
    ----------
    spec : MeasurementSpec
        The measurement's entry in the catalog.
    earlier, later : Measurement | None
        The number on either film; None where the film has no such number. The sites may differ: the largest curve of
        one film may be the second of the other.
    value : float | None
        Later less earlier, in the measurement's unit; None where the two cannot be compared.
    interval : Interval | None
        The 90 % interval of the change; None where either number has none.
    noise : float
        The difference that readers' noise alone may make; 0 where it is not known.
    verdict : Verdict
        ``increase`` or ``decrease`` where the interval does not hold zero and the change is no smaller than the noise,
        ``within_noise``, or ``not_comparable``.
    reason : str
        Why it is not comparable: ``refused``, ``absent``, ``not_measured`` (on one of the films), ``no_spacing``
        (lengths in pixels), ``other_unit``, ``no_interval``; else empty.
    """

    spec: MeasurementSpec
    earlier: Measurement | None
    later: Measurement | None
    value: float | None
    interval: Interval | None
    noise: float
    verdict: Verdict
    reason: str = ""


def _obstacle(earlier: Measurement | None, later: Measurement | None) -> str:
    """Why two numbers have no difference; empty where they have one."""
    if earlier is None or later is None:
        return "not_measured"
    for status in (Status.REFUSED, Status.ABSENT):
        if status in (earlier.status, later.status):
            return status.value
    if earlier.unit is not later.unit:
        return "other_unit"
    return "no_spacing" if earlier.unit in _IN_PIXELS else ""


def _interval_of(value: float, earlier: Measurement, later: Measurement) -> Interval | None:
    """The interval of the difference of two values whose errors are independent: half widths add as squares."""
    if earlier.value is None or later.value is None or earlier.interval is None or later.interval is None:
        return None
    down = np.hypot(later.value - later.interval[0], earlier.interval[1] - earlier.value)
    up = np.hypot(later.interval[1] - later.value, earlier.value - earlier.interval[0])
    return value - float(down), value + float(up)


def _verdict(value: float, interval: Interval, noise: float) -> Verdict:
    if interval[0] <= 0 <= interval[1] or abs(value) < noise:
        return Verdict.WITHIN_NOISE
    return Verdict.INCREASE if value > 0 else Verdict.DECREASE


def change_of(spec: MeasurementSpec, earlier: Measurement | None, later: Measurement | None) -> Change:
    """Compute the change of a number from an earlier film of a patient to a later one.

    Parameters
    ----------
    spec : MeasurementSpec
        The measurement's entry in the catalog.
    earlier, later : Measurement | None
        The number on either film; None where the film has no such number.

    Returns
    -------
    Change
        Later less earlier with its interval. It is called an increase or a decrease only where its interval does not
        hold zero, so that each value lies beyond the other's interval, and where it is no smaller than readers' noise.

    Examples
    --------
    >>> from radcaliper.measurements.catalog import COBB_ANGLE
    >>> from radcaliper.measurements.types import Grid
    >>> def cobb(value):
    ...     measured = COBB_ANGLE.value(value, Grid(), site="curve_1", method="vertebral_tilt")
    ...     return Measurement.of(measured, (value - 3, value + 3), "", ())
    >>> change = change_of(COBB_ANGLE, cobb(20.0), cobb(30.0))
    >>> change.value, change.verdict.value, [round(end, 1) for end in change.interval]
    (10.0, 'increase', [5.8, 14.2])
    >>> change_of(COBB_ANGLE, cobb(20.0), cobb(24.5)).verdict.value
    'within_noise'
    """
    reason = _obstacle(earlier, later)
    if reason or earlier is None or later is None or earlier.value is None or later.value is None:
        return Change(spec, earlier, later, None, None, 0.0, Verdict.NOT_COMPARABLE, reason)
    value = later.value - earlier.value
    noise = 0.0 if later.unit is None else spec.noise_between_films(later.unit)
    interval = _interval_of(value, earlier, later)
    if interval is None:
        return Change(spec, earlier, later, value, None, noise, Verdict.NOT_COMPARABLE, "no_interval")
    return Change(spec, earlier, later, value, interval, noise, _verdict(value, interval, noise))
