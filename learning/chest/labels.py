"""Which labels of a chest film may be learned from and judged by."""

from __future__ import annotations

from typing import Final

from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.qc.gates.chest import VITAL
from radcaliper.qc.thorax_shape import unlikeness

_MISLABELLED: Final = 5.0
"""Labels whose proportions are this unlike any thorax have their structures swapped."""


def labelled_everywhere(film: LabelledFilm) -> set[str]:
    """The structures whose masks hold on the whole film and are not empty."""
    return {name for name, known in film.known.items() if known.all() and film.targets[name].any()}


def labels_swapped(film: LabelledFilm) -> bool:
    """Whether the labels of lungs and heart cannot be those of a chest."""
    return labelled_everywhere(film) >= set(VITAL) and unlikeness(film.targets) > _MISLABELLED
