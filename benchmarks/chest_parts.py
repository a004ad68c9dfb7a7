"""What the parts of a chest film's analysis take: ``chest_parts.py IMAGE...``.

Prints the median over the films, on one core, of: one pass of the network with its masks; the other three passes, which
the masks are the mean of and quality is judged by; qualities, gates and measurements with intervals; tubes.
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

from radcaliper.measurements.types import Prediction, Radiograph
from radcaliper.models.inference.forward import predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.postprocess import full_size_mask, largest_component
from radcaliper.models.inference.segment import network_square, probability_maps, segment
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.predict import predict_tubes
from radcaliper.pipelines.protocols.base import Examination, joined
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.analyse import BUNDLE
from radcaliper.pipelines.protocols.chest.tubes import CLOSER, measure_tubes
from radcaliper.pipelines.protocols.measuring import measure_on_masks, on_masks
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.qc.gates.chest import chest_findings

_PARTS: Final = ("one pass, masks", "three more passes", "qualities, gates, intervals", "tubes")


def _masks(film: Radiograph, maps_of: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
    """The masks of the maps (C, S, S) that ``maps_of`` makes of the film's square."""
    square, box = network_square(film, int(BUNDLES[BUNDLE].metadata["size"]))
    for each in maps_of(square):
        full_size_mask(each, largest_component(each), box)


def _one_pass(film: Radiograph) -> None:
    _masks(film, lambda square: predict(load_predictor(BUNDLE), square[None])[0])


def _all_passes(film: Radiograph) -> None:
    _masks(film, lambda square: probability_maps(square, BUNDLE, load_predictor(BUNDLE)).mean(axis=0))


def _with_quality(film: Radiograph) -> None:
    prediction = segment(film, BUNDLE)
    findings = chest_findings(film, prediction, None)
    examination = Examination(film, prediction, None, PROTOCOL.qualities(prediction, film), findings)
    measure_on_masks(on_masks(PROTOCOL.measurements), examination)


def _tubes(film: Radiograph, prediction: Prediction) -> None:
    tubes = predict_tubes(film, prediction.masks)
    whole = joined(prediction, CLOSER, tubes)
    measure_tubes(Examination(film, whole, None, PROTOCOL.qualities(whole, film)))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _parts(film: Radiograph) -> tuple[float, ...]:
    """Seconds of each of the parts named in ``_PARTS``."""
    prediction = segment(film, BUNDLE)
    one, passes, judged = (_seconds(partial(work, film)) for work in (_one_pass, _all_passes, _with_quality))
    return one, passes - one, judged - passes, _seconds(partial(_tubes, film, prediction))


def main() -> None:
    """Measure the films named on the command line; the first one warms up and is left out where there are more."""
    times = [_parts(read_radiograph(Path(path))) for path in sys.argv[1:]]
    table = Table("part", "median s", "longest s", box=None)
    for name, seconds in zip(_PARTS, zip(*times[min(1, len(times) - 1) :], strict=True), strict=True):
        table.add_row(name, f"{median(seconds):.3f}", f"{max(seconds):.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
