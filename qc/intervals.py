"""The 90 % interval of a measurement, from its spread over the passes of test-time augmentation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Interval, MeasuredValue, Unit

_TABLE = Path(__file__).resolve().parent / "intervals.json"
_ABSOLUTE = (Unit.DEGREE, Unit.RATIO)


@dataclass(frozen=True)
class Width:
    """Half width = ``scale`` times the standard deviation over the value and those in the passes, plus ``floor``.

    The floor is in the measurement's own unit for angles and ratios, and a share of the value for lengths and areas. A
    ``share`` of the value is added, for a ratio whose error grows with it.
    """

    scale: float
    floor: float
    share: float = 0.0

    def half(self, value: float, in_passes: Sequence[float], unit: Unit) -> float:
        """Half the interval's width, in the value's unit."""
        spread = float(np.std([value, *in_passes]))
        floor = self.floor * (1.0 if unit in _ABSOLUTE else abs(value))
        return self.scale * spread + floor + self.share * abs(value)


@lru_cache(maxsize=1)
def calibrated_widths() -> dict[str, Width]:
    """The widths by measurement, as calibrated on films that the networks were not trained on."""
    return {name: Width(**entry) for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()}


def around(spec: MeasurementSpec, value: float, half: float) -> Interval:
    """(lower, upper) at ``half`` on either side; not below 0 unless ``spec`` is signed or the value is negative."""
    lower = value - half
    if value >= 0 and not spec.signed:
        lower = max(0.0, lower)
    return lower, value + half


def interval(
    measured: MeasuredValue, in_passes: Sequence[float], own: Mapping[str, Width] | None = None
) -> Interval | None:
    """Compute the 90 % interval of a measured value.

    Its width follows from the spread of the value over the passes of test-time augmentation, as calibrated on films
    that the networks were not trained on. What cannot be negative does not go below zero.

    Parameters
    ----------
    measured : MeasuredValue
        The value.
    in_passes : Sequence[float]
        The values in the passes, in the same unit.
    own : Mapping[str, Width] | None
        Widths by the user's own calibration, which come first.

    Returns
    -------
    Interval | None
        (lower, upper) in the value's unit; None for a measurement whose interval was never calibrated.

    Examples
    --------
    >>> from radcaliper.measurements.catalog import CARINA_ANGLE, HEART_WIDTH
    >>> from radcaliper.measurements.types import Grid
    >>> lower, upper = interval(HEART_WIDTH.value(130.0, Grid(1.0, 1.0, "mm")), [128.0, 133.0])
    >>> lower < 130 < upper
    True
    >>> interval(CARINA_ANGLE.value(60.0, Grid()), [58.0, 63.0]) is None
    True
    """
    key = measured.spec.interval_key(measured.site)
    if key is None:
        return None
    width = {**calibrated_widths(), **(own or {})}.get(key)
    if width is None:
        return None
    half = width.half(measured.value, in_passes, measured.unit)
    return around(measured.spec, measured.value, half)
