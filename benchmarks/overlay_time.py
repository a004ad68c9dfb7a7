"""What drawing adds to a chest film of 2048 x 2048 pixels: overlay, its PNG, and the small picture, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from statistics import median

import cv2
import torch

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.results.overlays import overlay_files

SIDE, RUNS = 2048, 20


def analysed() -> Analysis:
    """The real chest film of the pydicom-data package, resampled and measured."""
    film = read_radiograph(Path(str(files("data_store") / "data" / "RG1_J2KR.dcm")))
    square = cv2.resize(film.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return PROTOCOLS["chest"].analyse("chest", replace(film, pixels=square, spacing=None, geometry=None))


def milliseconds(work: Callable[[], object]) -> list[float]:
    """The processor's time of each run, sorted."""
    found = []
    for _ in range(RUNS):
        started = time.thread_time()
        work()
        found.append((time.thread_time() - started) * 1000)
    return sorted(found)


def main() -> None:
    """Print the median and the range over the runs."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    analysis = analysed()
    draw = PROTOCOLS["chest"].load_overlay()
    for name, work in (("drawing", lambda: draw(analysis)), ("with both files", lambda: overlay_files(analysis))):
        found = milliseconds(work)
        print(f"{name}: {median(found):.0f} ms [{found[0]:.0f}, {found[-1]:.0f}], n {RUNS}")  # noqa: T201


if __name__ == "__main__":
    main()
