"""Which labels of a chest film are used for training and evaluation."""

from __future__ import annotations

from typing import Final

from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.qc.gates.chest import VITAL
from radcaliper.qc.thorax_proportions import mahalanobis_distance

_MISLABELLED: Final = 5.0
"""Mahalanobis distance of a thorax's proportions from which its labels count as swapped."""


def labelled_everywhere(film: LabelledFilm) -> set[str]:
    """The structures that are labelled on the whole film and are not empty."""
    return {name for name, known in film.known.items() if known.all() and film.targets[name].any()}


def labels_swapped(film: LabelledFilm) -> bool:
    """Whether the labels of lungs and heart cannot be those of a chest."""
    return labelled_everywhere(film) >= set(VITAL) and mahalanobis_distance(film.targets) > _MISLABELLED
