"""How long an edit takes in a review: ``review_latency.py RESULTS IMAGE`` brushes each mask, drags each landmark.

Prints for each the median and the longest of some repeats, in milliseconds, from the edit to the renewed numbers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.remeasure import remeasure

_REPEATS: Final = 9


def milliseconds(work: Callable[[], object]) -> list[float]:
    """How long each of some repeats took."""
    took = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - started))
    return took


def main() -> None:
    """Time the edits of one film of a results folder."""
    analysis = ResultsFolder(Path(sys.argv[1])).open_film(sys.argv[2], "").analysis
    masks = {} if analysis.segmentation is None else analysis.segmentation.masks
    edits = {f"brush {name}": Edits().brushed(name, np.ascontiguousarray(mask)) for name, mask in masks.items()}
    edits |= {
        f"drag {name}": Edits().dragged({name: mark.point._replace(row=mark.point.row + 3)})
        for name, mark in list(analysis.landmarks.items())[:8]
    }
    edits["brush all"] = Edits(dict(masks))
    table = Table("edit", "median ms", "longest ms", box=None)
    for name, edit in edits.items():
        took = milliseconds(lambda edit=edit: remeasure(analysis, edit))  # type: ignore[misc]
        table.add_row(name, f"{median(took):.0f}", f"{max(took):.0f}")
    console = Console(width=100)
    console.print(f"{analysis.image}, {analysis.radiograph.shape[0]} x {analysis.radiograph.shape[1]} pixels")
    console.print(table)


if __name__ == "__main__":
    main()
