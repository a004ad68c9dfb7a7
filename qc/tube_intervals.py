"""The 90 % interval of a tube's distance: as wide as such distances usually err, on a scale that the film has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from radcaliper.measurements.types import Interval, MeasuredValue, Unit
from radcaliper.qc.intervals import around

_TABLE = Path(__file__).resolve().parent / "tube_intervals.json"


@dataclass(frozen=True)
class HalfWidth:
    """Half the width of an interval, in millimetres and in widths of the trachea."""

    mm: float
    tracheal_widths: float

    def on(self, unit: Unit, trachea: float) -> float:
        """The half width in a unit: millimetres where they are known, else as a share of the trachea's width.

        ``trachea`` is that width in pixels; a ratio is in widths of the trachea already.
        """
        if unit is Unit.MILLIMETRE:
            return self.mm
        return self.tracheal_widths * (1.0 if unit is Unit.RATIO else trachea)


@lru_cache(maxsize=1)
def calibrated_half_widths() -> dict[str, HalfWidth]:
    """The half widths by measurement, as calibrated on films that the network was not trained on."""
    return {name: HalfWidth(**entry) for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()}


def tube_interval(measured: MeasuredValue, trachea: float) -> Interval:
    """Compute the 90 % interval of a tube's distance.

    Parameters
    ----------
    measured : MeasuredValue
        The distance.
    trachea : float
        The trachea's width in pixels, which is the scale of films of unknown spacing.

    Returns
    -------
    Interval
        (lower, upper) in the value's unit.

    Examples
    --------
    >>> from radcaliper.measurements.catalog import ETT_TIP_TO_CARINA
    >>> from radcaliper.measurements.types import Grid
    >>> lower, upper = tube_interval(ETT_TIP_TO_CARINA.value(40.0, Grid(0.5, 0.5, "mm")), trachea=36.0)
    >>> lower < 40 < upper
    True
    """
    half = calibrated_half_widths()[measured.spec.name].on(measured.unit, trachea)
    return around(measured.spec, measured.value, half)
