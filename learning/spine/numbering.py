"""How the numbering of vertebrae is judged: against the labels, and against itself on the same film changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import SpineFilm
from radcaliper.learning.scores import Score
from radcaliper.measurements.spine.matching import match_vertebrae
from radcaliper.measurements.spine.vertebra import Corners, vertebrae_among
from radcaliper.measurements.types import Prediction, Radiograph
from radcaliper.models.spine.channels import LEVEL_NAMES
from radcaliper.models.spine.predict import predict_spine

_SET: Final = "aasce"
_MOST_OFF: Final = 1
_CUT: Final = 0.1
_SMALLER: Final = 0.7
Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """A film changed, and how the corners on it lie on the film as it was."""

    grey: Grey
    back: Callable[[Corners], Corners]


def _same(corners: Corners) -> Corners:
    return corners


def changes(grey: Grey) -> dict[str, Change]:
    """The (H, W) film in [0, 1] mirrored, cut by a tenth at either end, exposed otherwise and resampled."""
    height, width = grey.shape
    cut = round(_CUT * height)
    smaller = cv2.resize(grey, None, fx=_SMALLER, fy=_SMALLER, interpolation=cv2.INTER_AREA)
    scale = np.array([smaller.shape[0] / height, smaller.shape[1] / width])

    def unmirrored(corners: Corners) -> Corners:
        flipped = corners[:, [1, 0, 3, 2]].copy()
        flipped[..., 1] = width - 1 - flipped[..., 1]
        return flipped

    return {
        "mirrored": Change(np.ascontiguousarray(grey[:, ::-1]), unmirrored),
        "cut above": Change(np.ascontiguousarray(grey[cut:]), lambda corners: corners + np.array([cut, 0])),
        "cut below": Change(np.ascontiguousarray(grey[:-cut]), _same),
        "exposed darker": Change(grey**1.7, _same),
        "exposed lighter": Change(grey**0.6, _same),
        "resampled": Change(smaller.astype(np.float32), lambda corners: (corners + 0.5) / scale - 0.5),
    }


def _corners_and_names(prediction: Prediction) -> tuple[Corners, list[str]]:
    points = {name: landmark.point for name, landmark in prediction.landmarks.items()}
    vertebrae, corners = vertebrae_among(points)
    return corners, [prediction.levels.names.get(name, "") for name in vertebrae]


def consistency_scores(film: SpineFilm, prediction: Prediction) -> Iterator[Score]:
    """Whether every vertebra has the same name as in ``prediction`` once the film is changed."""
    corners, names = _corners_and_names(prediction)
    every = []
    for change, changed in changes(film.grey).items():
        others, other_names = _corners_and_names(predict_spine(Radiograph(changed.grey)))
        matches = match_vertebrae(corners, changed.back(others))
        both = [(name, other_names[match]) for name, match in zip(names, matches, strict=True) if match is not None]
        every.append(bool(both) and all(one == other for one, other in both))
        yield Score(_SET, f"names the same when {change}", film.name, float(every[-1]))
    yield Score(_SET, "names the same under every change", film.name, float(all(every)))


def shifted(found: Corners, labelled: Corners, shift: int) -> tuple[Corners, Corners]:
    """The vertebrae of both, paired from the top with those of ``labelled`` that lie ``shift`` further down."""
    first = max(0, -shift)
    count = min(len(found) - first, len(labelled) - first - shift)
    return found[first : first + count], labelled[first + shift : first + shift + count]


def _distance(found: Corners, labelled: Corners) -> float:
    return float(np.linalg.norm(found - labelled, axis=2).mean())


def labels_scores(film: SpineFilm, prediction: Prediction) -> Iterator[Score]:
    """Corner distance with the numbering aligned by at most one level; whether numbering and names are the labels'."""
    corners, names = _corners_and_names(prediction)
    width = float(np.linalg.norm(film.corners[:, 1] - film.corners[:, 0], axis=1).mean())
    distances = {
        shift: _distance(*shifted(corners, film.corners, shift)) / width for shift in range(-_MOST_OFF, _MOST_OFF + 1)
    }
    best = min(distances, key=distances.__getitem__)
    yield Score(_SET, "corner distance in widths, numbering aligned", film.name, distances[best])
    yield Score(_SET, "numbered as labelled", film.name, float(best == 0))
    if film.first_level is not None:
        as_labelled = LEVEL_NAMES[film.first_level + best : film.first_level + best + len(names)]
        yield Score(_SET, "named as labelled", film.name, float(tuple(names) == tuple(as_labelled)))
    yield Score(_SET, "probability of the names", film.name, prediction.levels.probability)
