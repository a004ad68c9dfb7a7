"""The 90 % interval of a number, from its spread over plausible masks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from radcaliper.measurements.types import Unit

_TABLE = Path(__file__).resolve().parent / "intervals.json"
_ABSOLUTE = (Unit.DEGREE, Unit.RATIO)
SIGNED = frozenset(
    {
        "leg_length_difference",
        "trachea_deviation",
        "coronal_balance",
        "apical_translation",
        "ett_tip_to_carina",
        "ett_tip_to_carina_tracheal_widths",
        "ngt_tip_to_diaphragm",
        "cvc_tip_to_carina",
    }
)
"""Distances to one side or the other: all else cannot be negative."""


@dataclass(frozen=True)
class Width:
    """Half width = scale times the standard deviation over the plausible readings, plus ``floor``.

    The floor is in the number's own unit for angles and ratios, and a share of the value for lengths and areas.
    """

    scale: float
    floor: float

    def half(self, value: float, readings: Sequence[float], unit: Unit) -> float:
        """Half the interval's width, in the value's unit."""
        spread = float(np.std([value, *readings]))
        return self.scale * spread + self.floor * (1.0 if unit in _ABSOLUTE else abs(value))


@lru_cache(maxsize=1)
def calibrated_widths() -> dict[str, Width]:
    """The widths by measurement, as calibrated on films that the networks were not trained on."""
    return {name: Width(**entry) for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()}


def around(measurement: str, value: float, half: float) -> tuple[float, float]:
    """(lower, upper) at ``half`` on either side; what cannot be negative does not go below zero unless it does."""
    lower = value - half
    if value >= 0 and measurement not in SIGNED:
        lower = max(0.0, lower)
    return lower, value + half


def interval(measurement: str, value: float, readings: Sequence[float], unit: Unit) -> tuple[float, float]:
    """(lower, upper) around ``value``, as wide as the spread over other plausible ``readings`` asks for."""
    widths = calibrated_widths()
    return around(measurement, value, widths.get(measurement, widths["default"]).half(value, readings, unit))
