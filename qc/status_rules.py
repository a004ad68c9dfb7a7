"""When a mask, a measurement or a film is ok, left for review, or refused: the rules, which a user may change.

A mask is judged by the lower bound of its predicted Dice, a measurement by its masks and the width of its interval, a
film by its gates and by its vital masks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from radcaliper.measurements.types import Measurement, Status, Unit
from radcaliper.qc.reasons import worst_first

_REVIEW_LINES_BELOW: Final = {"ett": 0.60, "ngt": 0.50, "cvc": 0.30}
_REFUSE_LINES_BELOW: Final = {"ett": 0.40, "ngt": 0.30, "cvc": 0.15}
"""Lines have limits of their own: of one four pixels wide, a mask that lies one pixel beside has a Dice of 0.75."""


@dataclass(frozen=True)
class StatusRules:
    """The thresholds. Dice from 0 to 1; widths are those of the whole interval, upper less lower.

    ``review_below`` and ``refuse_below`` hold for every mask, those by structure come first. ``widest`` gives by
    measurement the widest interval that is relied on; ``widest_angle`` in degrees and ``widest_share`` of the value
    hold for the other angles, and for the other measurements that cannot be negative.
    """

    review_below: float = 0.80
    refuse_below: float = 0.40
    review_below_by_structure: Mapping[str, float] = field(default_factory=lambda: dict(_REVIEW_LINES_BELOW))
    refuse_below_by_structure: Mapping[str, float] = field(default_factory=lambda: dict(_REFUSE_LINES_BELOW))
    widest: Mapping[str, float] = field(default_factory=lambda: {"cardiothoracic_ratio": 0.12})
    widest_angle: float = 30.0
    widest_share: float = 0.8
    allowed: tuple[str, ...] = ()
    """Reasons for review that do not count, such as ``inverted``."""

    def of_mask(self, structure: str, area: int, lower: float) -> tuple[Status, tuple[str, ...]]:
        """A mask's status and reasons by its area in pixels and the lower bound of its predicted Dice."""
        if area == 0:
            return Status.REFUSED, ("structure_not_seen",)
        if lower < self.refuse_below_by_structure.get(structure, self.refuse_below):
            return Status.REFUSED, ("unusable_mask",)
        if lower < self.review_below_by_structure.get(structure, self.review_below):
            return Status.REVIEW, ("low_quality",)
        return Status.OK, ()

    def too_wide(self, measurement: Measurement) -> bool:
        """Whether a measurement's interval is too wide to rely on it; one without an interval is not."""
        if measurement.interval is None or measurement.value is None:
            return False
        width = measurement.interval[1] - measurement.interval[0]
        if measurement.name in self.widest:
            return width > self.widest[measurement.name]
        if measurement.unit is Unit.DEGREE:
            return width > self.widest_angle
        return not measurement.spec.signed and width > self.widest_share * abs(measurement.value)

    def counted(self, reasons: set[str]) -> set[str]:
        """The reasons for review that count."""
        return reasons - set(self.allowed)

    def of_measurements(self, measurements: Iterable[Measurement]) -> tuple[Measurement, ...]:
        """The measurements with the status and reasons that the rules give them; refused ones stay refused."""
        return tuple(each if each.value is None else self._of_measurement(each) for each in measurements)

    def _of_measurement(self, measurement: Measurement) -> Measurement:
        wide = {"wide_interval"} if self.too_wide(measurement) else set()
        counted = worst_first(self.counted({*measurement.reasons, *wide}))
        return replace(measurement, status=Status.REVIEW if counted else Status.OK, reasons=counted)


DEFAULT_RULES: Final = StatusRules()
