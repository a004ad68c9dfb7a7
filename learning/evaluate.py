"""Evaluate the protocols on folders of labelled films and print the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Final

import pandas as pd
from rich.console import Console
from rich.progress import track

from radcaliper.learning.chest.evaluate import chest_scores
from radcaliper.learning.datasets.labelled import has_labels
from radcaliper.learning.hip.evaluate import hip_scores
from radcaliper.learning.scores import Score, summary
from radcaliper.learning.spine.evaluate import spine_scores
from radcaliper.learning.tables import as_table
from radcaliper.learning.view.evaluate import view_scores
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.registry import PROTOCOLS

EVALUATIONS: Final[dict[str, Callable[[Path, bool], Iterator[Score]]]] = {
    "chest": chest_scores,
    "spine": spine_scores,
    "hip": hip_scores,
    "view": view_scores,
}
"""By protocol, what scores its films."""


def _scores(datasets: Sequence[Path], protocol: str, every_film: bool) -> Iterator[Score]:
    available = {name: each for name, each in EVALUATIONS.items() if name in PROTOCOLS or name in BUNDLES}
    chosen = available if protocol == "auto" else {protocol: available[protocol]}
    for data in datasets:
        labelled = [evaluate for name, evaluate in chosen.items() if has_labels(data, name)]
        if not labelled:
            raise FileNotFoundError(f"{data} holds no labels of the kind {', '.join(chosen)}")
        for evaluate in labelled:
            yield from evaluate(data, every_film)


def evaluate_datasets(datasets: Sequence[Path], protocol: str, every_film: bool, output: Path | None) -> None:
    """Print a line for each set and figure on stdout; each film's scores go to ``output`` if given.

    Raises FileNotFoundError for a folder without labels.
    """
    _print_figures(_scores(datasets, protocol, every_film), output)


def evaluate_folds(datasets: Sequence[Path], folds: Path, output: Path | None) -> None:
    """The same for the view recogniser, each film judged by the weights in ``folds`` that did not learn from it."""
    _print_figures(chain.from_iterable(view_scores(data, True, folds) for data in datasets), output)


def _print_figures(each: Iterator[Score], output: Path | None) -> None:
    progress = Console(stderr=True)
    scores = list(track(each, "evaluating", total=None, console=progress))
    if output is not None:
        pd.DataFrame([asdict(score) for score in scores]).to_csv(output, index=False)
    Console(width=150).print(as_table(summary(scores)))
