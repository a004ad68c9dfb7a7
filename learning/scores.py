"""Scores of single films against the truth, and their summary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest
from scipy.stats import t as student


def share_interval(held: pd.Series) -> tuple[float, float]:
    """The binomial 95 % interval (Clopper and Pearson 1934) of the share of (N,) trials that held, N at least 1."""
    share = binomtest(int(held.sum()), len(held)).proportion_ci()
    return float(share.low), float(share.high)


@dataclass(frozen=True)
class Score:
    """What was found for ``figure`` (as ``dice heart`` or ``error cardiothoracic_ratio``) on one film of a set.

    ``value`` is the figure itself; an ``error`` is found less truth, with the ``truth`` beside it.
    """

    dataset: str
    figure: str
    image: str
    value: float
    truth: float | None = None


_LARGE_IS_BAD: Final = ("smape", "distance", "off ", "interval width", "width of its interval", "milliseconds")
"""What the names of figures say that are the better the smaller they are."""


def icc_2_1(found: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Intraclass correlation of two raters, two-way random, absolute agreement, single (Shrout and Fleiss 1979)."""
    table = np.stack([found, truth], axis=1)
    count, raters = table.shape
    grand = table.mean()
    rows = raters * np.square(table.mean(axis=1) - grand).sum() / (count - 1)
    cols = count * np.square(table.mean(axis=0) - grand).sum() / (raters - 1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand
    error = np.square(rest).sum() / ((count - 1) * (raters - 1))
    return float((rows - error) / (rows + (raters - 1) * error + raters * (cols - error) / count))


def _of_errors(group: pd.DataFrame) -> dict[str, float]:
    """Mean and median absolute error, and the intraclass correlation with the truth."""
    size = group.value.abs()
    found, truth = (group.value + group.truth).to_numpy(float), group.truth.to_numpy(float)
    varied = len(group) > 2 and np.ptp(truth) > 0
    icc = icc_2_1(found, truth) if varied else float("nan")
    return {"mae": float(size.mean()), "median ae": float(size.median()), "icc": icc}


def _interval(values: pd.Series) -> str:
    """The 95 % interval of a mean: for shares the binomial one, else Student's."""
    if values.isin([0.0, 1.0]).all():
        low, high = share_interval(values)
        return f"[{low:.3f}, {high:.3f}]"
    if len(values) < 2:
        return ""
    half = float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return f"[{values.mean() - half:.3f}, {values.mean() + half:.3f}]"


def summary(scores: Iterable[Score]) -> pd.DataFrame:
    """A row for each set and figure: n, mean with its 95 % interval, median, deviation, worst value; for errors more.

    Errors are signed: their mean is the bias; ``mae``, ``median ae`` and ``icc`` are empty for other figures. The worst
    of an error, a distance or a width is the largest in size, of anything else the lowest.
    """
    table = pd.DataFrame([asdict(score) for score in scores], columns=[field.name for field in fields(Score)])
    rows = []
    for (dataset, figure), group in table.groupby(["dataset", "figure"], sort=False):
        is_error = str(figure).startswith("error")
        large_is_bad = is_error or any(word in str(figure) for word in _LARGE_IS_BAD)
        worst = group.loc[(group.value.abs() if large_is_bad else -group.value).idxmax()]
        spread = group.value.std(ddof=1) if len(group) > 1 else float("nan")
        nothing = dict.fromkeys(("mae", "median ae", "icc"), float("nan"))
        rows.append(
            {"set": dataset, "figure": figure, "n": len(group), "mean": group.value.mean()}
            | {"95 %": _interval(group.value), "median": group.value.median(), "sd": spread}
            | (_of_errors(group) if is_error else nothing)
            | {"worst": worst.value, "worst film": worst.image}
        )
    return pd.DataFrame(rows)
