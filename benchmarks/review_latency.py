"""How long an edit takes in a review: ``review_latency.py RESULTS IMAGE...`` edits each mask, moves each landmark.

Prints for each the median and the longest of some repeats, no two of them alike, from the edit to the new measurements,
lines and landmarks: by the clock, and as processor time, which other programs do not lengthen. Drawing them is not in.
Where there is a display, landmarks are dragged in a window, too, and timed until they are drawn (``drag_latency.py``):
``xvfb-run -s "-screen 0 1366x768x24" python benchmarks/review_latency.py ...`` does so with OpenGL in software.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from radcaliper.measurements.types import Analysis, Mask, Point
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.remeasure import remeasure

_REPEATS: Final = 9
_LANDMARK_MS, _MASK_MS = 100, 300
"""What an edit may take on a film of 2048 x 2048 pixels."""

Edit = Callable[[int], Edits]
"""The edit of one repeat."""


def _shift_mask(name: str, mask: Mask, step: int) -> Edits:
    return Edits().with_mask(name, np.roll(mask, step, axis=0))


def _shift_landmark(name: str, point: Point, step: int) -> Edits:
    return Edits().with_landmarks({name: point._replace(row=point.row + step)})


def _mask_edits(analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    masks = {} if analysis.prediction is None else analysis.prediction.masks
    for name, mask in masks.items():
        yield name, partial(_shift_mask, name, mask)


def _landmark_edits(analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    for name, landmark in analysis.landmarks.items():
        yield name, partial(_shift_landmark, name, landmark.point)


def _milliseconds(analysis: Analysis, edit: Edit) -> tuple[list[float], list[float]]:
    """Of each repeat, by the clock and of the processor."""
    walls, busy = [], []
    for step in range(1, _REPEATS + 1):
        edits = edit(step)
        clock, processor = time.perf_counter(), time.thread_time()
        remeasure(analysis, edits)
        walls.append(1000 * (time.perf_counter() - clock))
        busy.append(1000 * (time.thread_time() - processor))
    return walls, busy


def _table(analysis: Analysis) -> Table:
    height, width = analysis.radiograph.shape
    table = Table("edit", title=f"{analysis.image}, {height} x {width}", box=None, title_justify="left")
    for heading in ("median ms", "longest ms", "median CPU ms", "longest CPU ms", "limit ms"):
        table.add_column(heading, justify="right")
    for kind, limit, edits in (
        ("mask", _MASK_MS, _mask_edits(analysis)),
        ("landmark", _LANDMARK_MS, _landmark_edits(analysis)),
    ):
        for name, edit in edits:
            times = [f"{of(each):.0f}" for each in _milliseconds(analysis, edit) for of in (median, max)]
            table.add_row(f"{kind} {name}", *times, str(limit))
    return table


def main() -> None:
    """Time the edits of films of a results folder."""
    folder, console = ResultsFolder(Path(sys.argv[1])), Console(width=110)
    for image in sys.argv[2:]:
        console.print(_table(folder.open_film(image, "").analysis))
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        from drag_latency import drag_tables

        for table in drag_tables(folder.path, sys.argv[2:]):
            console.print(table)


if __name__ == "__main__":
    main()
