"""One number of one film against the truth, and their summary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd


@dataclass(frozen=True)
class Score:
    """What was found for ``figure`` (as ``dice heart`` or ``error cardiothoracic_ratio``) on one film of a set."""

    dataset: str
    figure: str
    image: str
    value: float


def summary(scores: Iterable[Score]) -> pd.DataFrame:
    """A row for each set and figure: n, mean, standard deviation, median, worst value and worst film.

    The worst of a ``dice`` or ``covered`` is the lowest, of an ``error`` the largest in size. Errors are signed: their
    mean is the bias, and ``mae`` the mean absolute error (empty for other figures).
    """
    table = pd.DataFrame([asdict(score) for score in scores], columns=["dataset", "figure", "image", "value"])
    rows = []
    for (dataset, figure), group in table.groupby(["dataset", "figure"], sort=False):
        is_error = str(figure).startswith("error")
        badness = group.value.abs() if is_error else -group.value
        worst = group.loc[badness.idxmax()]
        rows.append(
            {
                "set": dataset,
                "figure": figure,
                "n": len(group),
                "mean": group.value.mean(),
                "sd": group.value.std(ddof=1) if len(group) > 1 else float("nan"),
                "median": group.value.median(),
                "mae": group.value.abs().mean() if is_error else float("nan"),
                "worst": worst.value,
                "worst film": worst.image,
            }
        )
    return pd.DataFrame(rows)
