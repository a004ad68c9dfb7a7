"""Changes as rows of changes.csv."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from radcaliper.measurements.types import Measurement
from radcaliper.pipelines.comparison.change import Change
from radcaliper.pipelines.comparison.visits import Visit
from radcaliper.pipelines.results.rows import Row

NUMBER_COLUMNS: Final = (
    "measurement",
    "site",
    "later_site",
    "method",
    "unit",
    "earlier",
    "later",
    "change",
    "lower",
    "upper",
    "noise",
    "verdict",
    "reason",
    "earlier_status",
    "later_status",
)
"""The columns that tell of two numbers."""
COLUMNS: Final = ("patient", "earlier_image", "later_image", "earlier_date", "later_date", *NUMBER_COLUMNS)
"""The columns of changes.csv."""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


def _value(measurement: Measurement | None) -> float | None:
    return None if measurement is None else _rounded(measurement.value)


def _status(measurement: Measurement | None) -> str:
    return "" if measurement is None else measurement.status.value


def change_row(change: Change) -> Row:
    """A change as a row of ``NUMBER_COLUMNS``; the change is later less earlier, in ``unit``."""
    earlier, later = change.earlier, change.later
    known = earlier or later
    lower, upper = change.interval or (None, None)
    units = [each.unit.value for each in (earlier, later) if each is not None and each.unit is not None]
    return {
        "measurement": change.spec.name,
        "site": "" if earlier is None else earlier.site,
        "later_site": "" if later is None else later.site,
        "method": "" if known is None else known.method,
        "unit": units[0] if units else None,
        "earlier": _value(earlier),
        "later": _value(later),
        "change": _rounded(change.value),
        "lower": _rounded(lower),
        "upper": _rounded(upper),
        "noise": change.noise,
        "verdict": change.verdict.value,
        "reason": change.reason,
        "earlier_status": _status(earlier),
        "later_status": _status(later),
    }


def visit_rows(earlier: Visit, later: Visit, changes: Iterable[Change]) -> list[Row]:
    """The changes between two films of a patient as rows of ``COLUMNS``."""
    of_pair: Row = {
        "patient": earlier.patient,
        "earlier_image": earlier.image,
        "later_image": later.image,
        "earlier_date": earlier.date.isoformat(),
        "later_date": later.date.isoformat(),
    }
    return [of_pair | change_row(change) for change in changes]
