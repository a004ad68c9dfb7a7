"""What the parts of a chest film's analysis take: ``chest_parts.py IMAGE...``.

Prints the median over the films of: one look of the network with its masks, what the quality scores, intervals and
gates add to it (the other looks among them), and what the tubes add.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import Radiograph
from radcaliper.models.bundle import load_predictor
from radcaliper.models.clean import full_size_mask, main_piece
from radcaliper.models.predict import predict
from radcaliper.models.registry import BUNDLES
from radcaliper.models.segment import network_square, segment
from radcaliper.pipelines.chest import BUNDLE
from radcaliper.pipelines.measuring import measure_all
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.tubes import report_tubes
from radcaliper.qc.chest_gate import chest_findings
from radcaliper.qc.mask_quality import mask_qualities


def _one_look(film: Radiograph) -> None:
    square, box = network_square(film, int(BUNDLES[BUNDLE].metadata["size"]))
    for each in predict(load_predictor(BUNDLE), square[None])[0]:
        full_size_mask(each, main_piece(each), box)


def _with_quality(film: Radiograph) -> None:
    segmentation = segment(film, BUNDLE)
    qualities = mask_qualities(segmentation, film.spacing)
    measure_all(CHEST_MEASURES, film, segmentation, qualities, chest_findings(film, segmentation, None))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _parts(film: Radiograph) -> tuple[float, float, float]:
    """Seconds of one look, of what quality adds, and of what tubes add."""
    segmentation = segment(film, BUNDLE)
    look = _seconds(lambda: _one_look(film))
    judged = _seconds(lambda: _with_quality(film))
    return look, judged - look, _seconds(lambda: report_tubes(film, segmentation))


def main() -> None:
    """Measure the films named on the command line; the first one warms up and is left out where there are more."""
    times = [_parts(read_radiograph(Path(path))) for path in sys.argv[1:]]
    table = Table("part", "median s", "longest s", box=None)
    names = ("one look, masks", "quality, intervals, gates", "tubes")
    for name, seconds in zip(names, zip(*times[min(1, len(times) - 1) :], strict=True), strict=True):
        table.add_row(name, f"{median(seconds):.3f}", f"{max(seconds):.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
