"""A calibration by a user's own films: fits of mask quality and widths of intervals, in place of those that ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from radcaliper.qc.intervals import Width
from radcaliper.qc.quality_fit import QualityFit


@dataclass(frozen=True)
class Calibration:
    """What is calibrated on other films than ours; what it does not name is as shipped.

    Attributes
    ----------
    qualities : Mapping[str, QualityFit]
        By the name of the fit, what predicts the Dice of a structure's masks.
    widths : Mapping[str, Width]
        By the key of the interval, as ``heart_width`` or ``cobb_angle_aasce:main``, how wide it is.
    """

    qualities: Mapping[str, QualityFit] = field(default_factory=dict)
    widths: Mapping[str, Width] = field(default_factory=dict)

    def updated(self, other: Calibration) -> Calibration:
        """This calibration with the entries of another in place of its own."""
        return Calibration({**self.qualities, **other.qualities}, {**self.widths, **other.widths})

    def as_table(self) -> dict[str, dict[str, Any]]:
        """The calibration as nested tables of numbers: ``quality`` and ``intervals`` by name."""
        return {
            "quality": {name: fit.as_table() for name, fit in self.qualities.items()},
            "intervals": {name: asdict(width) for name, width in self.widths.items()},
        }

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> Calibration:
        """The calibration that ``as_table`` was taken of. Raises KeyError, TypeError or ValueError for another."""
        qualities = {name: QualityFit.of_table(entry) for name, entry in table.get("quality", {}).items()}
        return cls(qualities, {name: Width(**entry) for name, entry in table.get("intervals", {}).items()})
