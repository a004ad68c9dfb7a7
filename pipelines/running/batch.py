"""Many films: worker threads measure, one thread writes the database, an interrupted run goes on where it was."""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from radcaliper.measurements.types import Status
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.results.report import write_report
from radcaliper.pipelines.results.rows import FilmRows, unmeasured_rows
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import write_tables
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmOptions, file_hash, process_film

_EXPORT_EVERY_S: Final = 120.0


@dataclass(frozen=True)
class BatchOptions:
    """How a run goes about it."""

    film: FilmOptions = field(default_factory=FilmOptions)
    workers: int = 1
    resume: bool = True
    scheduler: str | None = None
    """Address of a Dask scheduler whose workers see the same files; None measures here."""


@dataclass(frozen=True)
class Done:
    """One film finished: its rows, and the fingerprint by which a later run knows it."""

    rows: FilmRows
    fingerprint: str


Pending = Future["Done | None"]


def _options_key(options: FilmOptions) -> str:
    weights = sorted(bundle.identity for bundle in BUNDLES.values())
    return json.dumps([version("radcaliper"), asdict(options), weights], default=str, sort_keys=True)


def _one_thread_each() -> None:
    """This worker computes alone: quicker over many films, and a film's numbers do not depend on the others."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _measure(film: FilmFile, out: Path, options: FilmOptions, known: str | None) -> Done | None:
    """Measure a film unless ``known``, its fingerprint of an earlier run, still holds; None if it does."""
    _one_thread_each()
    try:
        sha256 = file_hash(film.path)
    except OSError as error:
        rows = unmeasured_rows(film.image, Status.FAILED, "", f"cannot be opened: {error.strerror}", "")
        return Done(rows, "")
    fingerprint = f"{sha256} {_options_key(options)}"
    if fingerprint == known:
        return None
    return Done(process_film(film, sha256, out, options), fingerprint)


def _as_they_come(
    films: Iterable[FilmFile], ahead: int, submit: Callable[[FilmFile], Pending]
) -> Iterator[Done | None]:
    """Results in the order they finish, at most ``ahead`` films before what has been taken."""
    waiting: set[Pending] = set()
    try:
        for film in films:
            waiting.add(submit(film))
            if len(waiting) > ahead:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        while waiting:
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ready)
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def _executor(options: BatchOptions) -> Iterator[tuple[Executor, int]]:
    """Where films are measured, and how many at a time: threads here, or the workers of a Dask scheduler."""
    if options.scheduler is None:
        with ThreadPoolExecutor(options.workers) as pool:
            yield pool, options.workers
        return
    from distributed import Client

    with Client(options.scheduler) as client:
        yield client.get_executor(), 2 * max(1, len(client.nthreads()))


def _results(
    films: Iterable[FilmFile], out: Path, options: BatchOptions, known: Mapping[str, str]
) -> Iterator[Done | None]:
    """Each film measured, or None for one whose fingerprint in ``known`` still holds."""
    with _executor(options) as (executor, ahead):

        def submit(film: FilmFile) -> Pending:
            return executor.submit(_measure, film, out, options.film, known.get(film.image))

        yield from _as_they_come(films, ahead, submit)


def _run_facts(options: BatchOptions, started: float, measured: int) -> dict[str, Any]:
    packages = (
        "radcaliper",
        "torch",
        "monai",
        "segmentation-models-pytorch",
        "numpy",
        "opencv-python-headless",
        "pydicom",
    )
    return {
        "versions": {name: version(name) for name in packages} | {"python": platform.python_version()},
        "weights": {name: bundle.metadata["weights_sha256"] for name, bundle in BUNDLES.items()},
        "options": json.loads(json.dumps(asdict(options), default=str)),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "seconds": round(time.monotonic() - started, 2),
        "films_measured": measured,
    }


def export(store: ResultStore, out: Path, facts: dict[str, Any]) -> None:
    """Keep what is known of the run, and write the tables, run.json and report.html from the database."""
    store.write_run(facts)
    write_tables(store, out)
    write_report(store, out)


def measure_films(
    films: Sequence[FilmFile], out: Path, options: BatchOptions, on_film: Callable[[], None]
) -> Counter[str]:
    """Measure all films into ``out``; returns how many of them have each status. ``on_film`` is called after each.

    Tables are written at the end, on an interrupt, and now and then. Raises OSError where ``out`` cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    store = ResultStore(out / "results.sqlite")
    started = exported = time.monotonic()
    measured = 0
    try:
        if not options.resume:
            store.forget_films()
        store.write_sources({film.image: film.path for film in films})
        for done in _results(films, out.resolve(), options, store.fingerprints()):
            if done is not None:
                store.save(done.rows, done.fingerprint)
                measured += 1
            on_film()
            if time.monotonic() - exported > _EXPORT_EVERY_S:
                export(store, out, _run_facts(options, started, measured))
                exported = time.monotonic()
    finally:
        export(store, out, _run_facts(options, started, measured))
        statuses = {str(row["image"]): str(row["status"]) for row in store.rows("images")}
        store.close()
    return Counter(statuses[film.image] for film in films)
