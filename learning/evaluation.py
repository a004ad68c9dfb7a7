"""How a protocol is judged on labelled films."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from radcaliper.learning.quality.rows import QualityRows
from radcaliper.learning.scores import Score
from radcaliper.pipelines.protocols.base import Protocol


def _no_fold_scores(data: Path, folds: Path) -> Iterator[Score]:  # noqa: ARG001
    """Refuse: the protocol has no weights by folds."""
    raise ValueError("there are no weights by folds for this protocol, only for view, chest and spine")


def _no_quality(rows: QualityRows, data: Path) -> None:
    """Add nothing: the protocol's mask qualities are not judged."""


@dataclass(frozen=True)
class Evaluation:
    """How one protocol is judged.

    ``labels`` is a file that a data folder has if it holds labels of the protocol's kind. ``scores`` yields the scores
    of the held-out films below the folder, or of every film; ``fold_scores`` those of every film by the weights, of a
    folder with one file a fold, that did not learn from its fold. ``add_quality`` adds the rows that the figures of
    quality are computed from.
    """

    labels: str
    scores: Callable[[Path, bool], Iterator[Score]]
    add_quality: Callable[[QualityRows, Path], None] = _no_quality
    fold_scores: Callable[[Path, Path], Iterator[Score]] = _no_fold_scores

    def has_labels(self, data: Path) -> bool:
        """Whether a folder holds labels to judge the protocol by."""
        return (data / self.labels).is_file()


def evaluation_of(protocol: Protocol) -> Evaluation:
    """The evaluation that a protocol declares."""
    evaluation: Evaluation = resolve_name(protocol.evaluation)
    return evaluation
