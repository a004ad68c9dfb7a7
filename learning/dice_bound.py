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
from radcaliper.measurements.geometry import Floats
from radcaliper.qc.features import MOST_UNLIKE
from radcaliper.qc.quality_fit import PiecewiseLinear, QualityFit

_FEWEST: Final = 20
_KNOTS: Final = (0.0, 0.5, 0.8, 0.95)
"""Quantiles of a quality feature at which its curve may bend."""
_ENDS: Final = {"unlike_thorax": MOST_UNLIKE}
"""The upper ends of features that may exceed 1."""
_FLOOR: Final = 0.02
"""Errors are weighted by the inverse of the predicted loss plus this."""


@dataclass(frozen=True)
class _Prior:
    """What the ridge penalty draws slopes to: 1 for the curve of ``feature``, 0 for all others.

    ``stiffness`` is the penalty as a share of the weight of all films: the fewer films, the less a curve bends.
    """

    feature: str
    stiffness: float


_PRIORS: Final = (_Prior("learned_loss", 10.0), _Prior("expected_loss", 0.1))
"""The first whose feature a mask has. The learned loss has a stiff curve, near the identity, as more films taught it
than calibrate it; masks without one start from the loss that the network expects."""
_NO_PRIOR: Final = _Prior("", 0.1)
_BANDS: Final = 4
"""Groups of masks by predicted loss, each with its own conformal quantile (Mondrian; Vovk 2005)."""
_BAND_FEWEST: Final = 40


@dataclass(frozen=True)
class MaskExample:
    """One mask of one film: its key in the table of qualities, its Dice, and the quality features that predict it."""

    patient: str
    name: str
    dice: float
    features: dict[str, float]


def basic_features(agreement: float, certainty: float) -> dict[str, float]:
    """The quality features of any protocol's masks, by the passes' agreement and the outline's certainty, 0 to 1."""
    return {"disagreement": float(1 - agreement), "softness": float(1 - certainty)}


def _steps(values: Floats, knots: Floats) -> Floats:
    """(N, K - 1) the part of each value that lies between each knot and the next."""
    return np.clip(values[:, None] - knots[:-1], 0, np.diff(knots))


def _knots(name: str, values: Floats) -> Floats:
    inner = np.quantile(values, _KNOTS)
    inner[0] = 0
    return np.unique(np.concatenate([inner, [max(_ENDS.get(name, 1.0), inner[-1] + 1e-3)]]))


@dataclass(frozen=True, eq=False)
class _MaskTable:
    """Masks as columns: their features, the loss of Dice, and their patients."""

    features: dict[str, Floats]
    loss: Floats
    patients: pd.Series

    @classmethod
    def of(cls, examples: Sequence[MaskExample]) -> _MaskTable:
        """Every feature that all of the masks have."""
        names = sorted(set.intersection(*(set(mask.features) for mask in examples)))
        columns = {name: np.array([mask.features[name] for mask in examples]) for name in names}
        loss, patients = [1 - mask.dice for mask in examples], [mask.patient for mask in examples]
        return cls(columns, np.array(loss), pd.Series(patients))

    def rows(self, chosen: NDArray[np.bool_]) -> _MaskTable:
        """The chosen (N,) masks."""
        features = {name: values[chosen] for name, values in self.features.items()}
        return _MaskTable(features, self.loss[chosen], self.patients[chosen].reset_index(drop=True))


@dataclass(frozen=True, eq=False)
class _AdditiveModel:
    """The predicted loss as a constant plus a rising curve of each feature."""

    curves: dict[str, PiecewiseLinear]
    constant: float

    def __call__(self, features: dict[str, Floats]) -> Floats:
        """(N,) predicted losses, 0 to 1, of masks from their features."""
        terms = (np.interp(features[name], curve.at, curve.loss) for name, curve in self.curves.items())
        return np.clip(self.constant + sum(terms), 0, 1)


def _weights(design: Floats, prior: Floats, stiffness: float, loss: Floats) -> Floats:
    """Non-negative weights by least squares with a ridge penalty towards ``prior``; the constant is not penalised.

    There are two rounds. Errors are weighted by the inverse loss: by the mean in the first, then by that predicted.
    """
    scale = np.maximum(design.std(axis=0), 1e-6)
    scale[-1] = 1
    ridge = np.eye(design.shape[1]) * np.sqrt(stiffness * len(loss))
    ridge[-1] = 0
    predicted, weights = np.full(len(loss), max(float(loss.mean()), _FLOOR)), prior
    for _ in range(2):
        importance = 1 / (predicted + _FLOOR)
        importance /= np.sqrt(np.square(importance).mean())
        rows = np.concatenate([design / scale * importance[:, None], ridge])
        weights = nnls(rows, np.concatenate([loss * importance, ridge @ (prior * scale)]))[0] / scale
        predicted = np.clip(design @ weights, 0, 1)
    return weights


def _fit_additive(table: _MaskTable) -> _AdditiveModel:
    knots = {name: _knots(name, values) for name, values in table.features.items()}
    blocks = [_steps(values, knots[name]) for name, values in table.features.items()]
    prior = next((each for each in _PRIORS if each.feature in knots), _NO_PRIOR)
    slopes = [np.full(len(at) - 1, float(name == prior.feature)) for name, at in knots.items()]
    design = np.concatenate([*blocks, np.ones((len(table.loss), 1))], axis=1)
    weights = _weights(design, np.concatenate([*slopes, [0.0]]), prior.stiffness, table.loss)
    curves, start = {}, 0
    for name, at in knots.items():
        rise = weights[start : start + len(at) - 1] * np.diff(at)
        start += len(at) - 1
        if rise.any():
            curves[name] = PiecewiseLinear(tuple(at.tolist()), tuple(np.concatenate([[0], np.cumsum(rise)]).tolist()))
    return _AdditiveModel(curves, float(weights[-1]))


def _cross_predicted(table: _MaskTable) -> Floats:
    """(N,) losses, each predicted by curves fitted without the mask's patient (cross-conformal; Vovk 2015)."""
    part = parts(table.patients.map(lambda patient: f"again {patient}")).to_numpy()
    predicted = np.empty(len(table.loss))
    for each in np.unique(part):
        own = part == each
        fit = _fit_additive(table.rows(~own) if not own.all() else table)
        predicted[own] = fit(table.rows(own).features)
    return predicted


def bound_over(predicted: Floats, loss: Floats) -> PiecewiseLinear:
    """The upper bound of the true loss as a rising curve of the predicted one; in each band, nine in ten lie below.

    Between the bands' middles it is interpolated, so it is raised as a whole where fewer lie below it there.
    """
    order = np.argsort(predicted, kind="stable")
    bands = np.array_split(order, max(1, min(_BANDS, len(order) // _BAND_FEWEST)))
    excess = [quantile(pd.Series((loss[band] - predicted[band]) / (predicted[band] + _FLOOR))) for band in bands]
    middles = [float(np.median(predicted[band])) for band in bands]
    at = np.unique(np.concatenate([np.linspace(0, 0.3, 31), np.linspace(0.3, 1, 36), middles]))
    upper = np.maximum.accumulate(at + np.interp(at, middles, excess) * (at + _FLOOR))
    upper += max(0.0, quantile(pd.Series(loss - np.interp(predicted, at, upper))))
    return PiecewiseLinear(tuple(at.tolist()), tuple(np.clip(upper, 0, 1).tolist()))


def family(name: str) -> str:
    """The name under which right and left structures share their curves."""
    return name.removeprefix("right_").removeprefix("left_")


def fit_quality(name: str, examples: Sequence[MaskExample]) -> QualityFit:
    """The fit of one structure: the curves from all examples of its family, the bound from its own.

    The features are those that all of these have.
    """
    family_examples = [mask for mask in examples if family(mask.name) == family(name)]
    table, own = _MaskTable.of(family_examples), np.array([mask.name == name for mask in family_examples])
    fit = _fit_additive(table)
    return QualityFit(fit.curves, fit.constant, bound_over(_cross_predicted(table)[own], table.loss[own]))


@dataclass(frozen=True)
class JudgedMask:
    """One mask: its true Dice, and the prediction and lower bound of a fit without its patient."""

    name: str
    dice: float
    quality: float
    lower: float


def cross_fitted(calibrating: Sequence[MaskExample], judging: Sequence[MaskExample]) -> list[JudgedMask | None]:
    """Each of the masks to judge, predicted by a fit of its structure without its patient's masks.

    None for a structure with too few masks to fit.
    """
    judged: list[JudgedMask | None] = [None] * len(judging)
    for name in dict.fromkeys(mask.name for mask in judging):
        if sum(mask.name == name for mask in calibrating) < _FEWEST:
            continue
        family_examples = [mask for mask in calibrating if family(mask.name) == family(name)]
        part = parts(pd.Series([mask.patient for mask in family_examples])).to_numpy()
        places = [place for place, mask in enumerate(judging) if mask.name == name]
        of_judged = parts(pd.Series([judging[place].patient for place in places])).to_numpy()
        fits = {
            int(each): fit_quality(name, [mask for mask, of in zip(family_examples, part, strict=True) if of != each])
            for each in set(of_judged)
        }
        for place, each in zip(places, of_judged, strict=True):
            mask = judging[place]
            judged[place] = JudgedMask(name, mask.dice, *fits[int(each)].predict(mask.features))
    return judged


def fit_bounds(examples: Iterable[MaskExample]) -> dict[str, QualityFit]:
    """A fit for each structure with enough masks. The coverage is printed, each mask judged without its patient."""
    masks = list(examples)
    rows_judged = [vars(each) for each in cross_fitted(masks, masks) if each is not None]
    judged = pd.DataFrame(rows_judged, columns=[field.name for field in fields(JudgedMask)])
    fits = {}
    for name, rows in judged.groupby("name"):
        fits[str(name)] = fit_quality(str(name), masks)
        error = (rows.dice - rows.quality).abs().mean()
        print(f"{name:26s} {describe_coverage(rows.dice >= rows.lower)}  predicted-Dice MAE {error:.4f}")  # noqa: T201
    return fits


def update_qualities(path: Path, fits: dict[str, QualityFit]) -> None:
    """Replace the fits of these names in the table; others stay."""
    table = json.loads(path.read_text(encoding="utf-8")) | {name: fit.as_table() for name, fit in fits.items()}
    path.write_text(json.dumps(dict(sorted(table.items()))) + "\n", encoding="utf-8")
