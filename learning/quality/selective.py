"""Figures of selective prediction: how well a score separates bad masks from good ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

BAD_BELOW: Final = 0.9
"""Dice under which a mask counts as bad."""


def auroc(score: NDArray[np.float64], bad: NDArray[np.bool_]) -> float:
    """Probability that a good mask scores above a bad one, ties half (Mann and Whitney); NaN without both kinds."""
    good = int((~bad).sum())
    if good in (0, len(bad)):
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[~bad].sum() - good * (good + 1) / 2) / (good * (len(bad) - good)))


def risk_coverage(
    score: NDArray[np.float64], loss: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(coverage, mean loss of what is accepted), accepting the highest scores first; ties share their mean loss."""
    order = np.argsort(-score, kind="stable")
    ranked, sorted_score = loss[order], score[order]
    _, group = np.unique(-sorted_score, return_inverse=True)
    tied = (np.bincount(group, ranked) / np.bincount(group))[group]
    counts = np.arange(1, len(loss) + 1)
    return counts / len(loss), np.cumsum(tied) / counts


def aurc(score: NDArray[np.float64], loss: NDArray[np.float64]) -> float:
    """Area under the risk-coverage curve (Geifman and El-Yaniv 2017): the lower the better."""
    return float(risk_coverage(score, loss)[1].mean())


def ideal_aurc(loss: NDArray[np.float64]) -> float:
    """The area of a score that ranks masks by their true loss."""
    return aurc(-loss, loss)


def random_aurc(loss: NDArray[np.float64]) -> float:
    """The expected area of a random score: the mean loss."""
    return float(loss.mean())
