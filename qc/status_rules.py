"""When a mask, a measurement or a film is ok, left for review, or refused: the rules, which a user may change.

A mask is judged by the lower bound of its predicted Dice, a measurement by its masks and the width of its interval, a
film by its gates and by its vital masks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from radcaliper.measurements.types import Measurement, Status, Unit
from radcaliper.qc.calibration import Calibration
from radcaliper.qc.reasons import worst_first

_REVIEW_LINES_BELOW: Final = {"ett": 0.50, "ngt": 0.40, "cvc": 0.30, "tracheostomy": 0.50, "pacemaker_lead": 0.25}
_REFUSE_LINES_BELOW: Final = {"ett": 0.30, "ngt": 0.15, "cvc": 0.15, "tracheostomy": 0.30, "pacemaker_lead": 0.15}
"""Lines have limits of their own: of one four pixels wide, a mask that lies one pixel beside has a Dice of 0.75."""


@dataclass(frozen=True)
class StatusRules:
    """The thresholds. Dice from 0 to 1; widths are those of the whole interval, upper less lower.

    Attributes
    ----------
    review_below, refuse_below : float
        Limits of the lower bound of a mask's predicted Dice, for every mask.
    review_below_by_structure, refuse_below_by_structure : Mapping[str, float]
        The same for one structure each, which come first: lines have limits of their own.
    widest : Mapping[str, float]
        By measurement, the widest interval that is relied on, in its own unit.
    widest_angle : float
        The same for the other angles, in degrees.
    widest_share : float
        The same for the other measurements that cannot be negative, as a share of the value.
    allowed : tuple[str, ...]
        Reasons for review that are not to count, as ``inverted``.
    calibration : Calibration
        Qualities and intervals by the user's own films, which come before those that ship.

    Examples
    --------
    >>> rules = StatusRules(review_below=0.7, allowed=("inverted",))
    >>> rules.of_mask("heart", area=1000, lower=0.75)
    (<Status.OK: 'ok'>, ())
    >>> rules.counted({"inverted", "rotated"})
    {'rotated'}
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
    calibration: Calibration = field(default_factory=Calibration)

    def of_mask(self, structure: str, area: int, lower: float) -> tuple[Status, tuple[str, ...]]:
        """Judge a mask.

        Parameters
        ----------
        structure : str
            What the mask shows.
        area : int
            Its area in pixels.
        lower : float
            The lower bound of its predicted Dice, 0 to 1.

        Returns
        -------
        status : Status
            ``ok``, ``review`` or ``refused``.
        reasons : tuple[str, ...]
            Why it is not ``ok``.

        Examples
        --------
        >>> StatusRules().of_mask("heart", area=1000, lower=0.75)
        (<Status.REVIEW: 'review'>, ('low_quality',))
        """
        if area == 0:
            return Status.REFUSED, ("structure_not_seen",)
        if lower < self.refuse_below_by_structure.get(structure, self.refuse_below):
            return Status.REFUSED, ("unusable_mask",)
        if lower < self.review_below_by_structure.get(structure, self.review_below):
            return Status.REVIEW, ("low_quality",)
        return Status.OK, ()

    def too_wide(self, measurement: Measurement) -> bool:
        """Tell whether a measurement's interval is too wide to rely on it.

        Parameters
        ----------
        measurement : Measurement
            The measurement.

        Returns
        -------
        bool
            False for one without an interval.

        Examples
        --------
        >>> from radcaliper.measurements.catalog import HEART_WIDTH
        >>> from radcaliper.measurements.types import Grid
        >>> measured = HEART_WIDTH.value(100.0, Grid())
        >>> [StatusRules().too_wide(Measurement.of(measured, ends, "", ())) for ends in ((95.0, 105.0), (50.0, 150.0))]
        [False, True]
        """
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
        """Give measurements their status and reasons by the rules.

        Parameters
        ----------
        measurements : Iterable[Measurement]
            The measurements of a film.

        Returns
        -------
        tuple[Measurement, ...]
            The same measurements; what is refused stays so.

        Examples
        --------
        >>> from radcaliper.measurements.catalog import HEART_WIDTH
        >>> from radcaliper.measurements.types import Grid
        >>> measurement = Measurement.of(HEART_WIDTH.value(100.0, Grid()), (50.0, 150.0), "", ())
        >>> [judged] = StatusRules().of_measurements([measurement])
        >>> judged.status.value, judged.reasons
        ('review', ('wide_interval',))
        """
        return tuple(each if each.value is None else self._of_measurement(each) for each in measurements)

    def _of_measurement(self, measurement: Measurement) -> Measurement:
        wide = {"wide_interval"} if self.too_wide(measurement) else set()
        counted = worst_first(self.counted({*measurement.reasons, *wide}))
        return replace(measurement, status=Status.REVIEW if counted else Status.OK, reasons=counted)


DEFAULT_RULES: Final = StatusRules()
