"""Predicted Dice and its conformal lower bound, fitted on films that the networks were not trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from radcaliper.learning.conformal import describe_coverage, parts, quantile
from radcaliper.qc.features import MOST_UNLIKE
from radcaliper.qc.mask_quality import Curve, QualityFit

_FEWEST: Final = 20
_KNOTS: Final = (0.0, 0.5, 0.8, 0.95)
"""Quantiles of a cause at which its curve may bend."""
_ENDS: Final = {"unlike_thorax": MOST_UNLIKE}
"""Where features end that may exceed 1."""
_FLOOR: Final = 0.02
"""Loss that a prediction may always be off by: errors count in units of it and of the predicted loss."""
_STIFFNESS: Final = 0.1
"""Ridge on the curves' steps, as a share of the weight of all films: few films bend no curve far."""
_PRIOR: Final = {"expected_loss": 1.0}
"""Slopes that curves are pulled to where films say little: the network's own expectation is believed as it is."""
_BANDS: Final = 4
"""Groups of masks by predicted loss, each with its own conformal quantile (Mondrian; Vovk 2005)."""
_BAND_FEWEST: Final = 40

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MaskExample:
    """One mask of one film: its key in the table of qualities, its Dice, and what predicts it."""

    patient: str
    name: str
    dice: float
    features: dict[str, float]


def usual_features(agreement: float, certainty: float) -> dict[str, float]:
    """What any protocol's masks are judged by: how far the views agree, and how sure the outline is, both 0 to 1."""
    return {"disagreement": float(1 - agreement), "softness": float(1 - certainty)}


def _steps(values: Floats, knots: Floats) -> Floats:
    """(N, K - 1) how far each value has climbed each step between knots, in the step's own units."""
    return np.clip(values[:, None] - knots[:-1], 0, np.diff(knots))


def _knots(name: str, values: Floats) -> Floats:
    inner = np.quantile(values, _KNOTS)
    inner[0] = 0
    return np.unique(np.concatenate([inner, [max(_ENDS.get(name, 1.0), inner[-1] + 1e-3)]]))


@dataclass(frozen=True, eq=False)
class _Table:
    """Masks as columns: their features, the loss of Dice, whose they are."""

    features: dict[str, Floats]
    loss: Floats
    patients: pd.Series

    @classmethod
    def of(cls, seen: Sequence[MaskExample]) -> _Table:
        """Every cause that all of the masks have."""
        names = sorted(set.intersection(*(set(mask.features) for mask in seen)))
        columns = {name: np.array([mask.features[name] for mask in seen]) for name in names}
        return cls(columns, np.array([1 - mask.dice for mask in seen]), pd.Series([mask.patient for mask in seen]))

    def rows(self, chosen: NDArray[np.bool_]) -> _Table:
        """The chosen (N,) masks."""
        features = {name: values[chosen] for name, values in self.features.items()}
        return _Table(features, self.loss[chosen], self.patients[chosen].reset_index(drop=True))


@dataclass(frozen=True, eq=False)
class _Rising:
    """Rising curves and a constant whose sum is the predicted loss."""

    curves: dict[str, Curve]
    constant: float

    def __call__(self, features: dict[str, Floats]) -> Floats:
        """The predicted loss, 0 to 1, of masks by their features."""
        parts_of = (np.interp(features[name], curve.at, curve.loss) for name, curve in self.curves.items())
        return np.clip(self.constant + sum(parts_of), 0, 1)


def _weights(design: Floats, prior: Floats, loss: Floats) -> Floats:
    """Non-negative weights, errors counted in units of the loss predicted; steps are pulled to ``prior``.

    Two rounds of least squares: the first is plain, the second weighs by what the first predicts.
    """
    scale = np.maximum(design.std(axis=0), 1e-6)
    scale[-1] = 1
    ridge = np.eye(design.shape[1]) * np.sqrt(_STIFFNESS * len(loss))
    ridge[-1] = 0
    predicted, weights = np.full(len(loss), max(float(loss.mean()), _FLOOR)), prior
    for _ in range(2):
        each = 1 / (predicted + _FLOOR)
        each /= np.sqrt(np.square(each).mean())
        rows = np.concatenate([design / scale * each[:, None], ridge])
        weights = nnls(rows, np.concatenate([loss * each, ridge @ (prior * scale)]))[0] / scale
        predicted = np.clip(design @ weights, 0, 1)
    return weights


def _fit_rising(table: _Table) -> _Rising:
    knots = {name: _knots(name, values) for name, values in table.features.items()}
    blocks = [_steps(values, knots[name]) for name, values in table.features.items()]
    slopes = [np.full(len(at) - 1, _PRIOR.get(name, 0.0)) for name, at in knots.items()]
    design = np.concatenate([*blocks, np.ones((len(table.loss), 1))], axis=1)
    weights = _weights(design, np.concatenate([*slopes, [0.0]]), table.loss)
    curves, start = {}, 0
    for name, at in knots.items():
        rise = weights[start : start + len(at) - 1] * np.diff(at)
        start += len(at) - 1
        if rise.any():
            curves[name] = Curve(tuple(at.tolist()), tuple(np.concatenate([[0], np.cumsum(rise)]).tolist()))
    return _Rising(curves, float(weights[-1]))


def _predicted_apart(table: _Table) -> Floats:
    """What each mask's loss is predicted to be by curves fitted without its patient (cross-conformal; Vovk 2015)."""
    part = parts(table.patients.map(lambda patient: f"again {patient}")).to_numpy()
    predicted = np.empty(len(table.loss))
    for each in np.unique(part):
        own = part == each
        fit = _fit_rising(table.rows(~own) if not own.all() else table)
        predicted[own] = fit(table.rows(own).features)
    return predicted


def _bound(predicted: Floats, loss: Floats) -> Curve:
    """The rising curve over the predicted loss that nine in ten true losses stay below, in each band of predictions."""
    order = np.argsort(predicted, kind="stable")
    bands = np.array_split(order, max(1, min(_BANDS, len(order) // _BAND_FEWEST)))
    excess = [quantile(pd.Series((loss[band] - predicted[band]) / (predicted[band] + _FLOOR))) for band in bands]
    middles = [float(np.median(predicted[band])) for band in bands]
    at = np.unique(np.concatenate([[0.0, 1.0], np.linspace(0, 0.3, 31), middles]))
    upper = at + np.interp(at, middles, excess) * (at + _FLOOR)
    return Curve(tuple(at.tolist()), tuple(np.clip(np.maximum.accumulate(upper), 0, 1).tolist()))


def family(name: str) -> str:
    """What a structure shares its curves with: right and left are alike."""
    return name.removeprefix("right_").removeprefix("left_")


def fit_quality(name: str, seen: Sequence[MaskExample]) -> QualityFit:
    """The fit of one structure: curves from all masks of its family that are among those seen, the bound from its own.

    Every cause counts that all of them have.
    """
    kin = [mask for mask in seen if family(mask.name) == family(name)]
    table, own = _Table.of(kin), np.array([mask.name == name for mask in kin])
    fit = _fit_rising(table)
    return QualityFit(fit.curves, fit.constant, _bound(_predicted_apart(table)[own], table.loss[own]))


@dataclass(frozen=True)
class Judged:
    """One mask as a fit without its patient sees it."""

    name: str
    dice: float
    quality: float
    lower: float


def cross_fitted(calibrating: Sequence[MaskExample], judging: Sequence[MaskExample]) -> list[Judged | None]:
    """Each of the masks to judge as a fit of the same name, without any mask of its patient, sees it.

    None for a name with too few masks to fit.
    """
    judged: list[Judged | None] = [None] * len(judging)
    for name in dict.fromkeys(mask.name for mask in judging):
        if sum(mask.name == name for mask in calibrating) < _FEWEST:
            continue
        kin = [mask for mask in calibrating if family(mask.name) == family(name)]
        part = parts(pd.Series([mask.patient for mask in kin])).to_numpy()
        places = [place for place, mask in enumerate(judging) if mask.name == name]
        of_judged = parts(pd.Series([judging[place].patient for place in places])).to_numpy()
        fits = {
            int(each): fit_quality(name, [mask for mask, of in zip(kin, part, strict=True) if of != each])
            for each in set(of_judged)
        }
        for place, each in zip(places, of_judged, strict=True):
            mask = judging[place]
            judged[place] = Judged(name, mask.dice, *fits[int(each)].predict(mask.features))
    return judged


def fit_bounds(seen: Iterable[MaskExample]) -> dict[str, QualityFit]:
    """A fit for each name with enough masks; prints its coverage, each mask judged by a fit without its patient."""
    masks = list(seen)
    seen_apart = [vars(each) for each in cross_fitted(masks, masks) if each is not None]
    judged = pd.DataFrame(seen_apart, columns=[field.name for field in fields(Judged)])
    fits = {}
    for name, rows in judged.groupby("name"):
        fits[str(name)] = fit_quality(str(name), masks)
        error = (rows.dice - rows.quality).abs().mean()
        print(f"{name:26s} {describe_coverage(rows.dice >= rows.lower)}  predicted-Dice MAE {error:.4f}")  # noqa: T201
    return fits


def update_qualities(path: Path, fits: dict[str, QualityFit]) -> None:
    """Put fits in place of those of the same names in the table; others stay."""
    table = json.loads(path.read_text(encoding="utf-8")) | {name: fit.as_table() for name, fit in fits.items()}
    path.write_text(json.dumps(dict(sorted(table.items()))) + "\n", encoding="utf-8")
