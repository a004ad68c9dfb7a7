"""Conformal widths of intervals: the multiple of the spread over the passes that holds the truth nine times in ten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.scores import share_interval
from radcaliper.measurements.specs import Quantity
from radcaliper.measurements.types import MeasuredValue, Unit
from radcaliper.qc.intervals import Width

COVERAGE: Final = 0.9
_PARTS: Final = 5
FLOOR: Final = 0.005
"""Added to the spread: in a ratio's own unit, and as a share of lengths and areas."""
_FLOOR_DEGREES: Final = 1.0
_OWN_FLOORS: Final = {"cobb_angle": 2.0, "cobb_angle_aasce": 2.0}
"""Degrees by measurement where they are others: strips of a spine agree better than readers do."""
_SHARES: Final = {"cardiothoracic_ratio": 0.2}
"""Shares of the value that are added to the spread in place of the floor: a large heart's borders are less sure."""
_FEWEST: Final = 30


@dataclass(frozen=True)
class MeasurementError:
    """One measurement of one film: its key in the table of widths, its truth and error, the error over its spread."""

    patient: str
    name: str
    quantity: Quantity
    truth: float
    error: float
    score: float


def _floor_degrees(key: str) -> float:
    return _OWN_FLOORS.get(key.partition(":")[0], _FLOOR_DEGREES)


def measurement_error(patient: str, found: MeasuredValue, truth: float, in_passes: Sequence[float]) -> MeasurementError:
    """The error of ``found``, and its size in units of the spread of the values in the passes plus a floor.

    Raises ValueError for a measurement whose interval is not calibrated.
    """
    key = found.spec.interval_key(found.site)
    if key is None:
        raise ValueError(f"{found.spec.name}: its interval is not calibrated")
    floor = {Unit.DEGREE: _floor_degrees(key), Unit.RATIO: FLOOR}.get(found.unit, FLOOR * abs(found.value))
    if key in _SHARES:
        floor = _SHARES[key] * abs(found.value)
    spread = float(np.std([found.value, *in_passes])) + floor
    return MeasurementError(
        patient, key, found.spec.quantity, truth, found.value - truth, abs(found.value - truth) / spread
    )


def quantile(values: pd.Series) -> float:
    """The conformal quantile: with n values, the ceil((n + 1) 0.9)-th smallest (Vovk 2005); infinite of none."""
    if values.empty:
        return float("inf")
    ranked = np.sort(values.to_numpy(float))
    return float(ranked[min(len(ranked), int(np.ceil((len(ranked) + 1) * COVERAGE))) - 1])


def parts(patients: pd.Series) -> pd.Series:
    """The part, 0 to 4, that each patient belongs to, by a hash. Each part is judged by a fit on the others."""
    return patients.map(lambda patient: int(sha256(f"part {patient}".encode()).hexdigest(), 16) % _PARTS)


def within_intervals(fitting: pd.DataFrame, judging: pd.DataFrame) -> pd.Series:
    """Whether each of one measurement's errors lies within the interval fitted on other patients' errors.

    Both tables hold ``patient`` and ``score``.
    """
    part, own = parts(fitting.patient), parts(judging.patient)
    limits = own.map({number: quantile(fitting.score[part != number]) for number in own.unique()})
    return judging.score <= limits


def describe_coverage(covered: pd.Series) -> str:
    """The share covered, with its binomial 95 % interval and n."""
    low, high = share_interval(covered)
    return f"n {len(covered):4d}  coverage {covered.mean():.3f} [{low:.3f}, {high:.3f}]"


def fitted_widths(errors: Iterable[MeasurementError], fewest: int = _FEWEST) -> Iterator[tuple[str, Width, str]]:
    """Name, width and coverage in words of each measurement with enough films, each film judged without its part."""
    table = pd.DataFrame([asdict(error) for error in errors], columns=[each.name for each in fields(MeasurementError)])
    for name, rows in table.groupby("name"):
        if len(rows) < fewest:
            continue
        scale = quantile(rows.score)
        floor = _floor_degrees(str(name)) if rows.quantity.iloc[0] == Quantity.ANGLE else FLOOR
        share = _SHARES.get(str(name))
        width = Width(scale, scale * floor) if share is None else Width(scale, 0.0, scale * share)
        yield str(name), width, describe_coverage(within_intervals(rows, rows))


def fit_widths(errors: Iterable[MeasurementError]) -> dict[str, Width]:
    """A width for each measurement with enough films. The coverage is printed, each film judged without its part."""
    table = {}
    for name, width, words in fitted_widths(errors):
        print(f"{name:26s} {words}  scale {width.scale:.2f}")  # noqa: T201
        table[name] = width
    return table


def update_table(path: Path, widths: dict[str, Width]) -> None:
    """Replace the widths of these names in the table; others stay."""
    table = json.loads(path.read_text(encoding="utf-8")) | {name: asdict(width) for name, width in widths.items()}
    path.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", encoding="utf-8")
