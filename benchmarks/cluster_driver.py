"""What a film costs the one driver of a cluster: ``python benchmarks/cluster_driver.py``.

The workers are real processes on this machine, but their measurer is a stub that returns a chest film's results at
once (its rows, 600 kB of pictures): what is left is Dask's and the driver's own work, which bounds how many workers one
driver can keep busy.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import dask

from radcaliper.pipelines.running.batch import BatchOptions, Watch, measure_films
from radcaliper.pipelines.running.discover import find_films

_STUB: Final = """
import os
from radcaliper.measurements.types import Status
from radcaliper.pipelines.results.rows import COLUMNS, REVIEW_COLUMNS, FilmRows, unmeasured_rows
from radcaliper.pipelines.running import cluster
from radcaliper.pipelines.running.film import FilmResult, file_hash

MASK, OVERLAY = os.urandom(4_000), os.urandom(560_000)

def rows_of(image, content):
    film = unmeasured_rows(image, Status.FAILED, "", "", content).image | {"status": "ok", "protocol": "chest"}
    def rows(table, key, count):
        return tuple(dict.fromkeys(COLUMNS[table]) | {"image": image, key: f"{key}_{n}"} for n in range(count))
    measurements = tuple(
        {column: cell for column, cell in row.items() if column not in REVIEW_COLUMNS}
        | {"site": "", "method": "mask", "value": 0.5, "unit": "ratio", "points": "100.00:200.00 300.00:400.00"}
        for row in rows("measurements", "measurement", 25)
    )
    return FilmRows(film, rows("structures", "structure", 11), measurements, rows("landmarks", "landmark", 6))

def measure(task):
    image = task.film.image
    pictures = {f"masks/{image}/{n}.png": MASK for n in range(10)} | {f"overlays/{image}.png": OVERLAY}
    return FilmResult(rows_of(image, file_hash(task.film.path)), pictures)

cluster.measure = measure
"""


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(films: int, workers: int) -> str:
    """The rate and the driver's own time for a film, after the first one."""
    marks: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "stub.py").write_text(_STUB)
        (folder / "films").mkdir()
        for number in range(films):
            (folder / "films" / f"{number:06d}.png").write_text(str(number))
        found = find_films([folder / "films"], folder / "out").films
        watch = Watch(lambda _: marks.append((time.monotonic(), _processor_seconds())))
        with dask.config.set({"distributed.worker.preload": [str(folder / "stub.py")]}):
            measure_films(found, folder / "out", BatchOptions(workers=workers, scheduler="local"), watch)
    seconds, own = (last - first for first, last in zip(marks[0], marks[-1], strict=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return (
        f"{films} films: {(films - 1) / seconds:.0f} films/s; the driver's processor, scheduler among it:"
        f" {1000 * own / (films - 1):.1f} ms a film; {memory} MB at most\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    sys.stdout.write(run(asked.films, asked.workers))
