"""Fit the score for open growth plates: ``python -m radcaliper.learning.hip.growth_plate_score DATA FILE``.

DATA holds the real hip films with the age that two readers saw; films that they disagree on are left out. FILE gets the
score fitted to all of them; how well it tells is printed from five folds of patients.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.datasets.real_hips import real_hip_films
from radcaliper.learning.datasets.split import FOLDS, fold_of
from radcaliper.measurements.types import Radiograph
from radcaliper.models.hip.growth_plates import OPEN_ABOVE, GrowthPlateScore, head_features, seen_heads
from radcaliper.models.hip.predict import predict_hips

_RIDGE: Final = 0.3
"""Weight of the penalty, against features of variance 1 whose products are averaged."""


@dataclass(frozen=True, eq=False)
class FilmFeatures:
    """One film: its patient, whether growth plates are open, and (N, 4160) features of its heads."""

    patient: str
    is_open: bool
    seen: NDArray[np.float64]


def film_features(data: Path) -> Iterator[FilmFeatures]:
    """The films on whose age both readers agree and on which a head was found."""
    for film in real_hip_films(data):
        heads = seen_heads(predict_hips(Radiograph(film.grey)).closer)
        if film.growth_plates is not None and heads:
            seen = np.concatenate([head_features(film.grey, head) for head in heads])
            yield FilmFeatures(film.patient, film.growth_plates, seen)


def fit_score(films: Sequence[FilmFeatures]) -> GrowthPlateScore:
    """Ridge regression of 1 (open) and -1 on standardised features, both kinds weighing the same."""
    features = np.concatenate([film.seen for film in films])
    truth = np.concatenate([np.full(len(film.seen), film.is_open) for film in films])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = (features - mean) / spread
    share = np.where(truth, truth.mean(), 1 - truth.mean())
    alike = scaled @ scaled.T / scaled.shape[1]
    dual = np.linalg.solve(alike + 2 * _RIDGE * np.diag(share), np.where(truth, 1.0, -1.0))
    weight = scaled.T @ dual / scaled.shape[1] / spread
    return GrowthPlateScore(weight, -float(mean @ weight))


def judged(films: Sequence[FilmFeatures]) -> Iterator[tuple[FilmFeatures, float]]:
    """Each film with its score by a fit on the patients of other folds."""
    for fold in range(FOLDS):
        apart = [film for film in films if fold_of(film.patient) == fold]
        if apart:
            score = fit_score([film for film in films if fold_of(film.patient) != fold])
            yield from ((film, float(score(film.seen).mean())) for film in apart)


def main() -> None:
    """Fit, print how many films of each kind are named, and write."""
    films = list(film_features(Path(sys.argv[1])))
    scored = list(judged(films))
    for kind, name in ((True, "open"), (False, "closed")):
        scores = [score for film, score in scored if film.is_open is kind]
        patients = len({film.patient for film, _ in scored if film.is_open is kind})
        named = sum(score > OPEN_ABOVE for score in scores)
        print(f"{name}: {named} of {len(scores)} films ({patients} patients) named immature")  # noqa: T201
    wins = [a > b for film, a in scored if film.is_open for other, b in scored if not other.is_open]
    print(f"area under the curve {np.mean(wins):.2f}")  # noqa: T201
    fit_score(films).save(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
