"""What the parts of a chest film's analysis take: ``chest_parts.py IMAGE...``.

Prints the median over the films, on one core, of: one look of the network with its masks; the other three looks, which
the masks are the mean of and quality is judged by; scores, gates and numbers with intervals; tubes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.forward import predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.postprocess import full_size_mask, main_piece
from radcaliper.models.inference.segment import network_square, probability_maps, segment
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.chest.analyse import BUNDLE
from radcaliper.pipelines.protocols.chest.tubes import report_tubes
from radcaliper.pipelines.protocols.measuring import measure_all
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.qc.gates.chest import chest_findings
from radcaliper.qc.mask_quality import mask_qualities

_PARTS: Final = ("one look, masks", "three more looks", "scores, gates, intervals", "tubes")


def _masks(film: Radiograph, look: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
    """The masks of the maps (C, S, S) that ``look`` makes of the film's square."""
    square, box = network_square(film, int(BUNDLES[BUNDLE].metadata["size"]))
    for each in look(square):
        full_size_mask(each, main_piece(each), box)


def _one_look(film: Radiograph) -> None:
    _masks(film, lambda square: predict(load_predictor(BUNDLE), square[None])[0])


def _all_looks(film: Radiograph) -> None:
    _masks(film, lambda square: probability_maps(square, BUNDLE, load_predictor(BUNDLE)).mean(axis=0))


def _with_quality(film: Radiograph) -> None:
    segmentation = segment(film, BUNDLE)
    qualities = mask_qualities(segmentation, film.spacing)
    measure_all(CHEST_MEASURES, film, segmentation, qualities, chest_findings(film, segmentation, None))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _parts(film: Radiograph) -> tuple[float, ...]:
    """Seconds of each of the parts named in ``_PARTS``."""
    segmentation = segment(film, BUNDLE)
    look, looks, judged = (_seconds(partial(work, film)) for work in (_one_look, _all_looks, _with_quality))
    return look, looks - look, judged - looks, _seconds(lambda: report_tubes(film, segmentation))


def main() -> None:
    """Measure the films named on the command line; the first one warms up and is left out where there are more."""
    times = [_parts(read_radiograph(Path(path))) for path in sys.argv[1:]]
    table = Table("part", "median s", "longest s", box=None)
    for name, seconds in zip(_PARTS, zip(*times[min(1, len(times) - 1) :], strict=True), strict=True):
        table.add_row(name, f"{median(seconds):.3f}", f"{max(seconds):.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
