"""What a protocol tells of how it is judged on labelled films."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from radcaliper.learning.quality.rows import Rows
from radcaliper.learning.scores import Score
from radcaliper.pipelines.protocols.base import Protocol


def _no_quality(rows: Rows, data: Path) -> None:
    """A protocol whose qualities are not judged adds no rows."""


@dataclass(frozen=True)
class Evaluation:
    """How one protocol is judged.

    ``labels`` is the file, below a data folder, without which it holds no labels of the protocol's kind. ``scores``
    yields the scores of the held-out films below the folder, or of every film. ``add_quality`` adds the rows from which
    the figures of quality are made.
    """

    labels: str
    scores: Callable[[Path, bool], Iterator[Score]]
    add_quality: Callable[[Rows, Path], None] = _no_quality

    def has_labels(self, data: Path) -> bool:
        """Whether a folder holds labels that the protocol can be held against."""
        return (data / self.labels).is_file()


def evaluation_of(protocol: Protocol) -> Evaluation:
    """How a protocol is judged."""
    evaluation: Evaluation = resolve_name(protocol.evaluation)
    return evaluation
