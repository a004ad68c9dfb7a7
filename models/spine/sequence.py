"""Choose one sequence of consecutive vertebrae as a whole, so that none is skipped, doubled or swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.spine.channels import LEVELS

_UNSEEN: Final = 0.02
_WORTH: Final = 0.05
"""A centre less likely than this makes a sequence worse than one without it."""
_GAP_SPREAD: Final = 0.16
_LEVEL_WEIGHT: Final = 0.1
"""More than this would cost a vertebra in plain sight where all levels are misread alike, as without ribs to count."""
_WORST_MISNAMED: Final = 3
"""Cap on the difference of levels: a clear centre outweighs a wrong level."""


@dataclass(frozen=True)
class RowPredictions:
    """By strip row (R,): probability of a vertebra's centre, its level (1 to 17), and the gap to the next centre."""

    centre: NDArray[np.float64]
    level: NDArray[np.float64]
    gap: NDArray[np.float64]


def _step_scores(row_predictions: RowPredictions, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """(R, R) log score of going from one row to a later one, by how the step compares with the expected gaps."""
    distance = (rows[None, :] - rows[:, None]).astype(float)
    expected = (row_predictions.gap[rows][:, None] + row_predictions.gap[rows][None, :]) / 2
    scores = -0.5 * (np.log(np.maximum(distance, 1) / expected) / _GAP_SPREAD) ** 2
    scores[(distance < 0.5 * expected) | (distance > 1.8 * expected)] = -np.inf
    return np.asarray(scores)


def best_sequence(row_predictions: RowPredictions) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, levels) of the best sequence from the top down; levels are consecutive.

    Empty where no sequence scores above 0. Dynamic programming over rows and levels: each centre adds the log of its
    likelihood over ``_WORTH``, less the capped square of its distance from the predicted level; each step adds how well
    it fits the expected gap.
    """
    rows = np.arange(len(row_predictions.centre))
    centre_scores = np.log((row_predictions.centre[rows] + _UNSEEN) / (_WORTH + _UNSEEN))
    levels = np.arange(1, LEVELS + 1)
    mismatch = np.abs(row_predictions.level[rows][:, None] - levels[None, :])
    own = centre_scores[:, None] - _LEVEL_WEIGHT * np.minimum(mismatch, _WORST_MISNAMED) ** 2
    steps = _step_scores(row_predictions, rows)
    best, came_from = own.copy(), np.full(own.shape, -1)
    for level in range(1, LEVELS):
        through = best[:, level - 1][:, None] + steps
        source = through.argmax(axis=0)
        gain = np.take_along_axis(through, source[None], 0)[0]
        better = gain > 0
        best[better, level] = own[better, level] + gain[better]
        came_from[better, level] = source[better]
    return _traced_back(best, came_from)


def _traced_back(best: NDArray[np.float64], came_from: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, levels) of the sequence that ends at the maximum of the (R, LEVELS) scores."""
    row, step = (int(index) for index in np.unravel_index(int(best.argmax()), best.shape))
    if best[row, step] <= 0:
        return np.array([], np.intp), np.array([], np.intp)
    chosen = []
    while row >= 0:
        chosen.append((row, step + 1))
        row, step = int(came_from[row, step]), step - 1
    sequence = np.array(chosen[::-1], np.intp)
    return sequence[:, 0], sequence[:, 1]
