"""Scores of the spine protocol against the labelled corners and angles of the AASCE films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import SpineFilm, aasce_films, column_mask
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.evaluation import Evaluation
from radcaliper.learning.network_of_weights import network_of_weights
from radcaliper.learning.scores import Score
from radcaliper.learning.spine.numbering import consistency_scores, labels_scores
from radcaliper.learning.spine.parts import part_scores
from radcaliper.learning.spine.quality import add_spine
from radcaliper.learning.spine.squashed import LABELS, squashed_scores
from radcaliper.measurements.catalog import COBB_ANGLE_AASCE
from radcaliper.measurements.spine.aasce import AasceAngles, aasce_angles
from radcaliper.measurements.spine.vertebra import vertebrae_among
from radcaliper.measurements.types import Analysis, Measurement, Radiograph, Status
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.forward import Network
from radcaliper.models.inference.loading import in_place_of
from radcaliper.models.spine.predict import VERTEBRAE
from radcaliper.pipelines.protocols.spine import PROTOCOL

_SET: Final = "aasce"
_SITES: Final = ("main", "second", "third")


def _angles(analysis: Analysis) -> dict[str, Measurement]:
    return {m.site: m for m in analysis.measurements if m.spec is COBB_ANGLE_AASCE}


def _found_corners(analysis: Analysis) -> NDArray[np.float64]:
    return vertebrae_among({name: landmark.point for name, landmark in analysis.landmarks.items()})[1]


def _score_corners(film: SpineFilm, found: NDArray[np.float64]) -> Iterator[Score]:
    """Whether there are as many vertebrae as labelled; if so, the mean corner distance in vertebra widths."""
    yield Score(_SET, "same number of vertebrae", film.name, float(len(found) == len(film.corners)))
    if len(found) == len(film.corners):
        width = float(np.linalg.norm(film.corners[:, 1] - film.corners[:, 0], axis=1).mean())
        distance = float(np.linalg.norm(found - film.corners, axis=2).mean()) / width
        yield Score(_SET, "corner distance in widths", film.name, distance)


def _score_angles(film: SpineFilm, truth: AasceAngles, analysis: Analysis) -> Iterator[Score]:
    found = _angles(analysis)
    if any(site not in found or found[site].value is None for site in _SITES):  # of the whole spine alone
        yield Score(_SET, "taken for a part of the spine", film.name, 1.0)
        return
    yield Score(_SET, "taken for a part of the spine", film.name, 0.0)
    values = np.array([found[site].value for site in _SITES], dtype=np.float64)
    true = np.array([getattr(truth, site) for site in _SITES])
    yield Score(
        _SET, "smape of the three angles", film.name, float(np.abs(values - true).sum() / (values + true).sum())
    )
    for site, value, real in zip(_SITES, values, true, strict=True):
        yield Score(_SET, f"error cobb_angle_aasce {site}", film.name, float(value - real), float(real))
    main = found["main"]
    yield Score(_SET, "main within 5 degrees", film.name, float(abs(values[0] - true[0]) <= 5))
    if main.lower is not None and main.upper is not None:
        yield Score(_SET, "covered cobb_angle_aasce main", film.name, float(main.lower <= true[0] <= main.upper))
        yield Score(_SET, "interval width main", film.name, main.upper - main.lower)
    accepted = main.status is Status.OK
    yield Score(_SET, "accepted without review", film.name, float(accepted))


def _film_scores(film: SpineFilm) -> Iterator[Score]:
    analysis = PROTOCOL.analyse(film.name, Radiograph(film.grey))
    refused = analysis.status is Status.REFUSED
    yield Score(_SET, "refused film", film.name, float(refused))
    if analysis.prediction is not None:
        overlap = dice(analysis.prediction.masks["spine"], column_mask(film))
        yield Score(_SET, "dice spine", film.name, overlap)
        yield from _score_corners(film, _found_corners(analysis))
        yield from labels_scores(film, analysis.prediction)
        yield from consistency_scores(film, analysis.prediction)
        yield from _score_angles(film, aasce_angles(film.corners, film.grey.shape[0]), analysis)
        yield from part_scores(film, analysis)


def spine_scores(data: Path, every_film: bool) -> Iterator[Score]:
    """Scores of the held-out AASCE films under ``data``, or of every film; then of squashed films."""
    for film in aasce_films(data):
        if every_film or film.fold == HELD_OUT_FOLD:
            yield from _film_scores(film)
    if (data / LABELS).is_file():
        yield from squashed_scores(data)


def _fold_networks(folds: Path) -> dict[int, Network]:
    """For each fold with weights in the folder ``folds``, the vertebra network trained without that fold."""
    files = {fold: folds / f"vertebrae_fold_{fold}.safetensors" for fold in range(FOLDS) if fold != HELD_OUT_FOLD}
    there = {fold: network_of_weights(VERTEBRAE, file) for fold, file in files.items() if file.is_file()}
    if not there:
        raise FileNotFoundError(f"{folds} holds none of {', '.join(file.name for file in files.values())}")
    return there


def fold_scores(data: Path, folds: Path) -> Iterator[Score]:
    """Cross-validated scores of AASCE films: each by the vertebra network trained without its patient's fold.

    ``folds`` holds vertebrae_fold_1.safetensors to vertebrae_fold_4.safetensors, or some of them: films of the others
    are left out. The shipped weights judge fold 0. Raises FileNotFoundError where there are none.
    """
    networks = _fold_networks(folds)
    for film in aasce_films(data):
        if film.fold == HELD_OUT_FOLD:
            yield from _film_scores(film)
        elif film.fold in networks:
            with in_place_of(VERTEBRAE, networks[film.fold]):
                yield from _film_scores(film)


EVALUATION: Final = Evaluation("spine/aasce/landmarks.csv", spine_scores, add_spine, fold_scores)
