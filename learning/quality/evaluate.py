"""``radcaliper evaluate --quality``: how well predicted Dice, bounds, intervals and abstention hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from radcaliper.learning.evaluate import chosen_evaluations
from radcaliper.learning.quality.figures import quality_tables
from radcaliper.learning.quality.plot import draw_quality
from radcaliper.learning.quality.rows import QualityRows, judged_tables
from radcaliper.learning.tables import as_table


def evaluate_quality(datasets: Sequence[Path], protocol: str, figures: Path | None) -> None:
    """Print the tables on stdout; with ``figures``, also write them and the curves into that folder.

    Raises FileNotFoundError for folders without labels.
    """
    rows = QualityRows()
    for evaluation in chosen_evaluations(protocol).values():
        for data in filter(evaluation.has_labels, datasets):
            evaluation.add_quality(rows, data)
    if not rows.measurements:
        raise FileNotFoundError("no labelled films in the folders given")
    tables = judged_tables(rows)
    console = Console(width=170)
    for heading, figures_of in quality_tables(tables):
        console.print(f"\n{heading}", style="bold")
        console.print(as_table(figures_of))
        if figures is not None:
            figures.mkdir(parents=True, exist_ok=True)
            figures_of.to_csv(
                figures / f"{heading.partition(',')[0].partition(' (')[0].replace(' ', '_')}.csv", index=False
            )
    if figures is not None and len(tables.films):
        draw_quality(tables.masks, figures / "quality.png")
