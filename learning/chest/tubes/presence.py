"""Fit what counts as present: ``python -m radcaliper.learning.chest.tubes.presence DATA WORK FOLDS BUNDLE``.

FOLDS holds weights that did not learn from a fold's patients (``tubes_fold_1.safetensors`` to 4), which look at the
real films of that fold. A logistic fit to all four goes into the metadata of the bundle folder BUNDLE; a fit for each
fold to the three others goes into FOLDS, so that the folds can be judged. Fold 0 is not looked at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from radcaliper.learning.chest.tubes.backgrounds import Background, backgrounds
from radcaliper.learning.chest.tubes.fold_models import fold_model
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.measurements.types import Radiograph
from radcaliper.models.tubes.candidates import Candidate, tube_candidates
from radcaliper.models.tubes.channels import REPORTED
from radcaliper.models.tubes.maps import TubeModel
from radcaliper.models.tubes.presence import FEATURES, presence_logit

Weights = dict[str, dict[str, float]]
"""The constant and the weight of each feature, by structure."""
_FALSE_ALLOWED: Final = 0.025
"""Share of the films read as without a structure on which it may be reported."""
_CLEAR: Final = 0.05
"""How far the limit lies from the film that decides it, in logits."""
_FEWEST: Final = 10
"""With fewer lines of a kind the weights are not fitted."""
_NEAR: Final = 0.08
"""A line whose tip is further from the marked one than this share of the film's height is not that tube."""
_RIDGE: Final = 0.02
_UNFITTED: Final[Mapping[str, Mapping[str, float]]] = {
    kind: dict.fromkeys(FEATURES, 1.0) | {"constant": -3.0} for kind in REPORTED
}
"""Equal weights, by which courses are put in order before any fit, and where there are too few for one."""


@dataclass(frozen=True)
class PresenceExample:
    """The likeliest line of one kind on one film: what speaks for it (None: no line was followed), whether it is there.

    ``read_twice`` says that two readings did not see it: the others are of sets without any, or were read once.
    """

    film: str
    fold: int
    kind: str
    features: Mapping[str, float] | None
    present: bool
    read_twice: bool = True


def _is_marked(film: Background, tube: Candidate) -> bool:
    """Whether a line is the film's own tube, as far as its tip tells; True where no tip is marked."""
    tip = film.known.tip(tube.kind)
    return tip is None or float(np.hypot(*np.subtract(tip, tube.tip))) < _NEAR * film.grey.shape[0]


def _likeliest(tubes: Collection[Candidate], kind: str) -> Candidate | None:
    return max((tube for tube in tubes if tube.kind == kind), key=lambda tube: tube.presence, default=None)


def _examples_on(film: Background, model: TubeModel) -> Iterator[PresenceExample]:
    tubes = tube_candidates(Radiograph(film.grey), film.masks, model).tubes
    for kind in REPORTED:
        tube, present = _likeliest(tubes, kind), film.known.present(kind)
        if present is None or (tube is not None and present and not _is_marked(film, tube)):
            continue
        features, twice = None if tube is None else tube.features, film.known.absent_in_both(kind)
        yield PresenceExample(film.name, film.known.fold, kind, features, present, twice)


def presence_examples(data: Path, work: Path, folds: Path) -> Iterator[PresenceExample]:
    """The examples of folds 1 to 4, each by the weights that did not learn from its fold."""
    models = {
        fold: TubeModel(fold_model(folds, fold).network, _UNFITTED) for fold in range(FOLDS) if fold != HELD_OUT_FOLD
    }
    for film in backgrounds(data, work):
        if film.known.fold in models:
            yield from _examples_on(film, models[film.known.fold])


def _fit_logistic(features: NDArray[np.float64], present: NDArray[np.bool_]) -> dict[str, float]:
    """Weights of a logistic fit with a slight ridge penalty, both answers weighing the same; none is negative."""
    table = np.column_stack([np.ones(len(features)), features])
    weight = np.where(present, 0.5 / max(1, present.sum()), 0.5 / max(1, (~present).sum()))

    def loss(weights: NDArray[np.float64]) -> float:
        score = table @ weights
        return float(
            (weight * (np.logaddexp(0, score) - present * score)).sum() + _RIDGE * np.square(weights[1:]).mean()
        )

    bounds = [(None, None), *[(0, None)] * features.shape[1]]
    found = minimize(loss, np.array([-3.0, *np.ones(features.shape[1])]), bounds=bounds).x
    return dict(zip(("constant", *FEATURES), map(float, found), strict=True))


def _scores(weights: Mapping[str, float], rows: Iterable[PresenceExample]) -> NDArray[np.float64]:
    """The logits, the highest first; that of a film without any line is far below all others."""
    logits = [-np.inf if row.features is None else presence_logit(weights, row.features) for row in rows]
    return np.sort(np.array(logits, float))[::-1]


def _with_constant(weights: Mapping[str, float], rows: Sequence[PresenceExample]) -> dict[str, float]:
    """The weights with the constant at which few films, read twice or not, have it reported where it is not there."""
    limits = list[float]()
    for twice in (True, False):
        absent = _scores(weights, (row for row in rows if not row.present and row.read_twice is twice))
        highest = absent[int(_FALSE_ALLOWED * len(absent)) :]
        limits += [float(score) + _CLEAR for score in highest[:1] if np.isfinite(score)]
    limit = max(limits, default=0.0)
    return {**weights, "constant": weights["constant"] - limit}


def fit_presence(examples: Sequence[PresenceExample]) -> Weights:
    """The weights of each structure's presence; probability 0.5 is where it begins to be reported."""
    table = {}
    for kind in REPORTED:
        rows = [row for row in examples if row.kind == kind]
        seen = [(row.features, row.present) for row in rows if row.features is not None]
        features = np.array([[values[name] for name in FEATURES] for values, _ in seen]).reshape(-1, len(FEATURES))
        answers = np.array([present for _, present in seen], bool)
        enough = min(answers.sum(), (~answers).sum()) >= _FEWEST
        weights = _fit_logistic(features, answers) if enough else _UNFITTED[kind]
        table[kind] = _with_constant(weights, rows)
        print(f"{kind}: {sum(row.present for row in rows)} of {len(rows)} are present, {table[kind]}")  # noqa: T201
    return table


def write_presence(examples: Sequence[PresenceExample], folds: Path, bundle: Path) -> None:
    """Write the fit to all examples into the bundle's metadata, and into ``folds`` one for each fold to the others."""
    metadata = bundle / "configs" / "metadata.json"
    content = json.loads(metadata.read_text(encoding="utf-8"))
    content["presence"] = fit_presence(examples)
    metadata.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")
    for fold in {row.fold for row in examples}:
        others = fit_presence([row for row in examples if row.fold != fold])
        (folds / f"presence_fold_{fold}.json").write_text(json.dumps(others, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    data, work, folds, bundle = map(Path, sys.argv[1:5])
    write_presence(list(presence_examples(data, work, folds)), folds, bundle)


if __name__ == "__main__":
    main()
