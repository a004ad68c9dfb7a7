"""What running takes besides measuring: memory and time of very many films, which a stub measures in no time.

``python benchmarks/large_runs.py FOLDER [FILMS ...]`` makes the films below FOLDER, and prints a table; by default of
1,000 and 100,000 films. Each step runs in a process of its own, whose peak memory is what the system says of it.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from radcaliper.measurements.catalog import measurements_of, with_sites
from radcaliper.measurements.structures import STRUCTURES
from radcaliper.measurements.types import Grid, Status
from radcaliper.pipelines.results.rows import FilmRows, Row, unmeasured_rows

_IN_A_FOLDER = 1000
_HOUR = 3600


def make_films(folder: Path, count: int) -> None:
    """Files that differ, a thousand to a folder, an hour old."""
    then = time.time() - _HOUR
    for number in range(count):
        path = folder / f"{number // _IN_A_FOLDER:04d}" / f"film_{number:06d}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"film {number}".encode() * 8)
            os.utime(path, (then, then))


def _structures(image: str, quality: float) -> tuple[Row, ...]:
    names = [spec.name for spec in STRUCTURES if spec.protocol == "chest"]
    return tuple(
        {
            "image": image,
            "structure": name,
            "status": "ok",
            "presence": None,
            "quality": quality,
            "quality_lower": quality - 0.01,
            "area_px": 195685,
            "area_mm2": 17611.65,
            "reasons": "",
        }
        for name in names
    )


def _measurements(image: str, value: float) -> tuple[Row, ...]:
    grid = Grid(0.3, 0.3, "mm")
    return tuple(
        {
            "image": image,
            "measurement": spec.name,
            "site": site,
            "method": spec.methods[0],
            "value": value,
            "unit": spec.quantity.unit(grid).value,
            "lower": value - 1,
            "upper": value + 1,
            "status": "ok",
            "class": "",
            "reasons": "",
            "points": "512.25:130.50 512.25:893.75 640.00:400.25 640.00:650.75",
            "details": "",
        }
        for spec, site in with_sites(measurements_of("chest"))
    )


def rows_of(image: str, sha256: str) -> FilmRows:
    """The rows that a chest film has, with numbers of its own."""
    number = int(sha256[:6], 16) / 0xFFFFFF
    head = unmeasured_rows(image, Status.OK, "", "", sha256).image | {
        "protocol": "chest",
        "height": 1024,
        "width": 1024,
    }
    landmarks = tuple(
        {"image": image, "landmark": f"place_{place}", "row": 512.25, "col": 130.5, "confidence": round(number, 4)}
        for place in range(8)
    )
    value = round(100 + 50 * number, 5)
    return FilmRows(head, _structures(image, round(0.9 + 0.1 * number, 4)), _measurements(image, value), landmarks)


def run(folder: Path) -> None:
    """A run that measures, or finds that all is measured; its report is a step of its own."""
    from radcaliper.pipelines.results import outputs
    from radcaliper.pipelines.running import task
    from radcaliper.pipelines.running.batch import BatchOptions, measure_films
    from radcaliper.pipelines.running.discover import find_films
    from radcaliper.pipelines.running.film import FilmResult

    task._one_thread_each = lambda: None  # it imports the network's library
    outputs.write_report = lambda results: (results.out / outputs.REPORT).touch()
    task.process_film = lambda film, sha256, _: FilmResult(rows_of(film.image, sha256))
    found = find_films([folder / "films"], folder / "out")
    measure_films(found.films, folder / "out", BatchOptions(workers=2))


def export(folder: Path) -> None:
    """All that ``radcaliper export OUT`` writes."""
    from radcaliper.pipelines.results.outputs import write_outputs
    from radcaliper.pipelines.results.stored import open_results

    with open_results(folder / "out") as results:
        write_outputs(results)


def tables(folder: Path) -> None:
    """The four tables alone."""
    from radcaliper.pipelines.results.database import DATABASE
    from radcaliper.pipelines.results.store import ResultStore
    from radcaliper.pipelines.results.tables import write_tables

    with closing(ResultStore(folder / "out" / DATABASE)) as store:
        write_tables(store, folder / "out")


def wide(folder: Path) -> None:
    """``radcaliper export OUT --wide``."""
    _one_format(folder, "wide")


def parquet(folder: Path) -> None:
    """``radcaliper export OUT --parquet``."""
    _one_format(folder, "parquet")


def _one_format(folder: Path, name: str) -> None:
    from radcaliper.pipelines.results.exports.registry import EXPORTERS
    from radcaliper.pipelines.results.stored import open_results

    (folder / "export").mkdir(exist_ok=True)
    with open_results(folder / "out") as results:
        EXPORTERS[name].load()(results, folder / "export")


def worklist(folder: Path) -> None:
    """The worklist as the viewer opens it, sorted."""
    from radcaliper.pipelines.review.folder import ResultsFolder
    from radcaliper.pipelines.review.worklist import Filter, Order, filter_and_sort

    filter_and_sort(ResultsFolder(folder / "out").worklist(), Filter(), Order.QUALITY)


STEPS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "run": ("measure by a stub", run),
    "resume": ("resume, all finished", run),
    "tables": ("the four tables", tables),
    "export": ("export, with the report", export),
    "wide": ("export --wide", wide),
    "parquet": ("export --parquet", parquet),
    "worklist": ("open the worklist", worklist),
}


def _take(step: str, folder: Path) -> None:
    """Take one step in this process, and print what it took; what is imported is imported before."""
    _, function = STEPS[step]
    import radcaliper.pipelines.results.outputs
    import radcaliper.pipelines.review.folder
    import radcaliper.pipelines.running.batch  # noqa: F401  what a program has loaded that does this

    started, cpu = time.perf_counter(), time.process_time()
    function(folder)
    facts = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(facts) + "\n")


def _taken(step: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, "--step", step, folder], check=True, stdout=subprocess.PIPE)
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


def main() -> None:
    """Take all steps with each number of films."""
    if sys.argv[1] == "--step":
        _take(sys.argv[2], Path(sys.argv[3]))
        return
    folder, counts = Path(sys.argv[1]), [int(count) for count in sys.argv[2:]] or [1000, 100_000]
    shown = Table(
        "step", "films", "seconds", "of a core", "peak MiB", title=f"{platform.machine()}, {os.cpu_count()} cores"
    )
    for count in counts:
        place = folder / str(count)
        make_films(place / "films", count)
        for step, (label, _) in STEPS.items():
            facts = _taken(step, place)
            words = (f"{facts[key]:.1f}" for key in ("seconds", "cpu_seconds", "peak_mib"))
            shown.add_row(label, f"{count:,}", *words)
    Console(width=100).print(shown)


if __name__ == "__main__":
    main()
