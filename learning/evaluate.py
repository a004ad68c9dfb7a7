"""Evaluate the protocols on folders of labelled films and print the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import track

from radcaliper.learning.datasets.own_films import EXPECTED
from radcaliper.learning.evaluation import Evaluation, evaluation_of
from radcaliper.learning.scores import Score, summary
from radcaliper.learning.tables import as_table
from radcaliper.learning.view.evaluate import EVALUATION as VIEW_EVALUATION
from radcaliper.pipelines.protocols.registry import PROTOCOLS


def chosen_evaluations(protocol: str) -> dict[str, Evaluation]:
    """The evaluation of the protocol named, of the view recogniser (``view``), or of all (``auto``)."""
    of_protocols = {name: evaluation_of(each) for name, each in PROTOCOLS.items() if protocol in ("auto", name)}
    return of_protocols | ({"view": VIEW_EVALUATION} if protocol in ("auto", "view") else {})


def _scores(datasets: Sequence[Path], protocol: str, every_film: bool, folds: Path | None) -> Iterator[Score]:
    chosen = chosen_evaluations(protocol)
    for data in datasets:
        labelled = [evaluation for evaluation in chosen.values() if evaluation.has_labels(data)]
        if not labelled:
            files = ", ".join(f"{each.labels} ({name})" for name, each in chosen.items())
            raise FileNotFoundError(f"{data} holds no labels: {EXPECTED}; or a set of ours, by {files}")
        for evaluation in labelled:
            yield from evaluation.scores(data, every_film) if folds is None else evaluation.fold_scores(data, folds)


def evaluate_datasets(
    datasets: Sequence[Path], protocol: str, every_film: bool, output: Path | None, folds: Path | None = None
) -> None:
    """Print a line for each set and figure on stdout; each film's scores go to ``output`` if given.

    With ``folds``, every film is judged by the weights in that folder that did not learn from its fold. Raises
    FileNotFoundError for a folder without labels or weights, ValueError for a protocol without weights by folds.
    """
    progress = Console(stderr=True)
    scores = list(track(_scores(datasets, protocol, every_film, folds), "evaluating", total=None, console=progress))
    if output is not None:
        pd.DataFrame([asdict(score) for score in scores]).to_csv(output, index=False)
    Console(width=150).print(as_table(summary(scores)))
