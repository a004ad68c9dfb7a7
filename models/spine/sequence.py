"""Choose one sequence of consecutive vertebrae as a whole, so that none is skipped, doubled or swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from radcaliper.models.spine.channels import LEVELS

_UNSEEN: Final = 0.02
_WORTH: Final = 0.05
"""A centre less likely than this makes a sequence worse than one without it."""
_GAP_SPREAD: Final = 0.16
_LEAST_STEP: Final = 0.5
_LONGEST_STEP: Final = 1.8
"""A step to the next centre, in expected gaps."""
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


def _before(values: NDArray[np.float64], reach: int, outside: float) -> NDArray[np.float64]:
    """(R, reach) the values of the rows before each of R rows, from the farthest to the next one above."""
    padded = np.concatenate([np.full(reach, outside), values[:-1]])
    return sliding_window_view(padded, reach)


def _step_scores(gap: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """(R, reach) log score of coming from each of the rows before, by how the step compares with the expected gaps."""
    distance = np.arange(reach, 0, -1.0)
    expected = (_before(gap, reach, np.inf) + gap[:, None]) / 2
    near = (distance >= _LEAST_STEP * expected) & (distance <= _LONGEST_STEP * expected)
    scores = np.full(near.shape, -np.inf)
    scores[near] = -0.5 * (np.log(np.broadcast_to(distance, near.shape)[near] / expected[near]) / _GAP_SPREAD) ** 2
    return scores


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
    reach = max(1, min(len(rows) - 1, int(_LONGEST_STEP * row_predictions.gap.max())))
    steps = _step_scores(row_predictions.gap, reach)
    best, came_from = own.copy(), np.full(own.shape, -1)
    for level in range(1, LEVELS):
        through = _before(best[:, level - 1], reach, -np.inf) + steps
        source = through.argmax(axis=1)
        gain = through[rows, source]
        better = gain > 0
        best[better, level] = own[better, level] + gain[better]
        came_from[better, level] = (rows - reach + source)[better]
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
