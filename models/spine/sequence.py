"""Choose one consecutive sequence of vertebrae as a whole, so that none is skipped, doubled or swapped."""

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
_LEVEL_WEIGHT: Final = 0.15
_WORST_MISNAMED: Final = 3
"""Levels off that count at most: a centre that is plainly seen is worth more than its name."""


@dataclass(frozen=True)
class Ladder:
    """What the strip says row by row (R,): is a centre here, of which level (1 to 17), how far to the next centre."""

    centre: NDArray[np.float64]
    level: NDArray[np.float64]
    gap: NDArray[np.float64]


def _step_scores(ladder: Ladder, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """(R, R) log score of going from one row to a later one, by how the step compares with the expected gaps."""
    apart = (rows[None, :] - rows[:, None]).astype(float)
    expected = (ladder.gap[rows][:, None] + ladder.gap[rows][None, :]) / 2
    scores = -0.5 * (np.log(np.maximum(apart, 1) / expected) / _GAP_SPREAD) ** 2
    scores[(apart < 0.5 * expected) | (apart > 1.8 * expected)] = -np.inf
    return np.asarray(scores)


def best_sequence(ladder: Ladder) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, levels) of the best sequence from the top down; levels are consecutive. Empty where none is worth it.

    Dynamic programming over rows and levels: each centre adds the log of its likelihood over what is worth it, less
    the square of its distance from the level that the strip names, which is capped; each step adds how well it
    fits the expected gap.
    """
    rows = np.arange(len(ladder.centre))
    seen = np.log((ladder.centre[rows] + _UNSEEN) / (_WORTH + _UNSEEN))
    levels = np.arange(1, LEVELS + 1)
    mismatch = np.abs(ladder.level[rows][:, None] - levels[None, :])
    own = seen[:, None] - _LEVEL_WEIGHT * np.minimum(mismatch, _WORST_MISNAMED) ** 2
    steps = _step_scores(ladder, rows)
    best, came_from = own.copy(), np.full(own.shape, -1)
    for level in range(1, LEVELS):
        through = best[:, level - 1][:, None] + steps
        source = through.argmax(axis=0)
        gain = np.take_along_axis(through, source[None], 0)[0]
        better = gain > 0
        best[better, level] = own[better, level] + gain[better]
        came_from[better, level] = source[better]
    place, step = (int(index) for index in np.unravel_index(int(best.argmax()), best.shape))
    if best[place, step] <= 0:
        return np.array([], np.intp), np.array([], np.intp)
    chosen = []
    while place >= 0:
        chosen.append((rows[place], levels[step]))
        place, step = int(came_from[place, step]), step - 1
    sequence = np.array(chosen[::-1], np.intp)
    return sequence[:, 0], sequence[:, 1]
