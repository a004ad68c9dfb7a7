"""Predicted Dice and its conformal lower bound, fitted on films that the networks were not trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from radcaliper.pipelines.calibration.conformal import describe_coverage, parts, quantile
from radcaliper.qc.mask_quality import BOUND_FLOOR, QualityFit

_FEWEST: Final = 20


@dataclass(frozen=True)
class DiceSeen:
    """One mask of one film: its key in the table of qualities, its Dice, and what predicts it (0 to 1)."""

    image: str
    name: str
    dice: float
    agreement: float
    margin: float


def _causes(rows: pd.DataFrame) -> NDArray[np.float64]:
    return np.stack([1 - rows.agreement, 1 - rows.margin, np.ones(len(rows))], axis=1)


def _fit(rows: pd.DataFrame) -> QualityFit:
    """Loss of Dice as a sum of non-negative multiples of disagreement, softness and a constant; and its bound."""
    causes = _causes(rows)
    weights, _ = nnls(causes, (1 - rows.dice).to_numpy(float))
    loss = causes @ weights
    excess = quantile(pd.Series(((1 - rows.dice) - loss) / (loss + BOUND_FLOOR)))
    disagreement, softness, constant = map(float, weights)
    return QualityFit(disagreement, softness, constant, excess)


def _judged(rows: pd.DataFrame, fit: QualityFit) -> pd.DataFrame:
    """Whether the bound holds for each row, and by how much the prediction is wrong."""
    found = [fit.predict(agreement, margin) for agreement, margin in zip(rows.agreement, rows.margin, strict=True)]
    quality, lower = np.array(found).T
    return pd.DataFrame({"covered": rows.dice >= lower, "error": np.abs(rows.dice - quality)})


def fit_bounds(seen: Iterable[DiceSeen]) -> dict[str, QualityFit]:
    """A fit for each name with enough masks; prints its coverage, each film judged by a fit without its part."""
    fits = {}
    for name, rows in pd.DataFrame([asdict(mask) for mask in seen]).groupby("name"):
        if len(rows) < _FEWEST:
            continue
        part = parts(rows.image)
        judged = pd.concat([_judged(rows[part == each], _fit(rows[part != each])) for each in part.unique()])
        fits[str(name)] = _fit(rows)
        print(f"{name:26s} {describe_coverage(judged.covered)}  predicted-Dice MAE {judged.error.mean():.4f}")  # noqa: T201
    return fits


def update_qualities(path: Path, fits: dict[str, QualityFit]) -> None:
    """Put fits in place of those of the same names in the table; others stay."""
    table = json.loads(path.read_text(encoding="utf-8")) | {name: asdict(fit) for name, fit in fits.items()}
    path.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", encoding="utf-8")
