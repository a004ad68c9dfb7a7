"""Fit what counts as present: ``python -m radcaliper.learning.chest.tubes.presence DATA WORK FOLDS BUNDLE``.

FOLDS holds weights that did not learn from a fold's patients (``tubes_fold_1.safetensors`` to 4), which look at the
real films of that fold. What sum of a line's features counts as present, by the films of all four that do not have
it, goes into the metadata of the bundle folder BUNDLE; the same for each fold by the three others goes into FOLDS, so
that the folds can be judged. Fold 0 is not looked at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.chest.tubes.backgrounds import Background, backgrounds
from radcaliper.learning.chest.tubes.fold_models import fold_model
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.measurements.types import Radiograph
from radcaliper.models.tubes.candidates import Candidate, tube_candidates
from radcaliper.models.tubes.channels import REPORTED
from radcaliper.models.tubes.maps import TubeModel
from radcaliper.models.tubes.predict import PRESENT
from radcaliper.models.tubes.presence import presence

Fits = dict[str, dict[str, float]]
"""The constant and the slope, by structure."""
_FALSE_ALLOWED: Final[Mapping[str, float]] = dict.fromkeys(REPORTED, 0.03) | {"ett": 0.05}
"""Share of the films read as without a structure on which it may be reported; a tracheal tube missed is worse."""
_CLEAR: Final = 0.02
"""How far the limit lies from the film that decides it, in sums of features."""
_SURE: Final = float(np.log(4))
"""Logit of a presence of 0.8, from which no review is asked for."""
_SURELY_CLEAR: Final = 0.15
"""How far above every film without the line, in the same, one is sure."""
_LEAST_DOUBT: Final = 0.5
"""Least difference of the sums from which a line is reported and is sure."""
_UNFITTED: Final[Mapping[str, float]] = {"constant": -3.0, "slope": 1.0}
"""By which courses are put in order before any fit, and where no film without a line shows one that is like it."""


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


def _likeliest(tubes: Collection[Candidate], kind: str) -> Candidate | None:
    return max((tube for tube in tubes if tube.kind == kind), key=lambda tube: tube.presence, default=None)


def _examples_on(film: Background, model: TubeModel) -> Iterator[PresenceExample]:
    tubes = tube_candidates(Radiograph(film.grey), film.masks, model).tubes
    for kind in REPORTED:
        tube, present = _likeliest(tubes, kind), film.known.present(kind)
        features, twice = None if tube is None else tube.features, film.known.absent_in_both(kind)
        if present is not None:
            yield PresenceExample(film.name, film.known.fold, kind, features, present, twice)


def presence_examples(data: Path, work: Path, folds: Path) -> Iterator[PresenceExample]:
    """The examples of folds 1 to 4, each by the weights that did not learn from its fold."""
    models = {
        fold: TubeModel(fold_model(folds, fold).network, dict.fromkeys(REPORTED, _UNFITTED))
        for fold in range(FOLDS)
        if fold != HELD_OUT_FOLD
    }
    for film in backgrounds(data, work):
        if film.known.fold in models:
            yield from _examples_on(film, models[film.known.fold])


def _absent_sums(rows: Iterable[PresenceExample], twice: bool) -> list[float]:
    """The sums of features on films without the line, the highest first; read twice, or not."""
    absent = (row.features for row in rows if not row.present and row.read_twice is twice)
    return sorted((-np.inf if features is None else sum(features.values()) for features in absent), reverse=True)


def _fit(rows: Sequence[PresenceExample], allowed: float) -> Mapping[str, float]:
    """Presence 0.5 where no more than a share of the films without the line have it reported, read twice or not.

    It is 0.8 above all of those that were read twice: of the others some may have a line.
    """
    twice, others = _absent_sums(rows, twice=True), _absent_sums(rows, twice=False)
    limit = max((sums[int(allowed * len(sums))] for sums in (twice, others) if sums), default=-np.inf) + _CLEAR
    if not np.isfinite(limit):
        return _UNFITTED
    slope = _SURE / max(_LEAST_DOUBT, max(twice, default=-np.inf) + _SURELY_CLEAR - limit)
    return {"constant": -slope * limit, "slope": slope}


def fit_presence(examples: Sequence[PresenceExample]) -> Fits:
    """The fit of each structure's presence; probability 0.5 is where it begins to be reported."""
    table = {}
    for kind in REPORTED:
        rows = [row for row in examples if row.kind == kind]
        table[kind] = dict(_fit(rows, _FALSE_ALLOWED[kind]))
        there = [0.0 if row.features is None else presence(table[kind], row.features) for row in rows if row.present]
        print(f"{kind}: {sum(each >= PRESENT for each in there)} of {len(there)} are found, {table[kind]}")  # noqa: T201
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
