"""Many films: workers measure, one thread writes, and an interrupted run goes on where it was."""

from __future__ import annotations

import json
import logging
import os
import platform
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from radcaliper.models.registry import BUNDLES, BrokenBundle
from radcaliper.pipelines.protocols.registry import check_weights
from radcaliper.pipelines.results.database import DatabaseBusy
from radcaliper.pipelines.results.outputs import write_outputs
from radcaliper.pipelines.results.pictures import clear_parts
from radcaliper.pipelines.results.store import Known, ResultStore
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.running.cluster import connected, measured_on_cluster
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.faults import Interrupted, RunStopped, in_a_line
from radcaliper.pipelines.running.film import FilmOptions, FilmResult
from radcaliper.pipelines.running.keeping import Keeper
from radcaliper.pipelines.running.lock import owned
from radcaliper.pipelines.running.task import FilmTask, fingerprint, options_key
from radcaliper.pipelines.running.threads import measured_by_threads

log = logging.getLogger(__name__)

_EXPORT_EVERY_S: Final = 120.0
_UNWRITABLE: Final = (OSError, sqlite3.Error, DatabaseBusy)


@dataclass(frozen=True)
class BatchOptions:
    """How a run goes about it."""

    film: FilmOptions = field(default_factory=FilmOptions)
    workers: int = 1
    resume: bool = True
    scheduler: str | None = None
    """Address of a Dask scheduler whose workers see the same files, or ``local`` for ``workers`` processes here; None
    measures by threads."""
    retry_failed: bool = False
    """Whether films that could not be read are tried again though they are the same."""


@dataclass(frozen=True)
class Watch:
    """What a run tells and asks on its way: ``on_film`` is called after each film, ``stopping`` before the next."""

    on_film: Callable[[], None] = lambda: None
    stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Outcome:
    """What a run came to: how many of its films have each status, and what its user should know besides."""

    counts: Counter[str]
    replaced: tuple[str, ...] = ()
    """Names that stood for other files before."""
    stale: tuple[str, ...] = ()
    """Films with something signed that no longer belongs to what stands there."""
    missing: int = 0
    """Films of earlier runs whose file is gone."""
    accidents: int = 0
    """Films with an internal error."""


def _measured(
    tasks: Iterable[FilmTask], options: BatchOptions, stopping: Callable[[], bool]
) -> Generator[tuple[FilmTask, FilmResult | None]]:
    """Each film with its result as it is done: by threads here, or by the workers of a Dask scheduler."""
    if options.scheduler is None:
        yield from measured_by_threads(tasks, options.workers, stopping)
        return
    with connected(options.scheduler, options.workers) as client:
        yield from measured_on_cluster(client, tasks, stopping)


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
    """Keep what is known of the run, and write everything that is written from the database."""
    store.write_run(facts)
    write_outputs(StoredResults(out, store))


def _to_trust(known: Mapping[str, Known], options: BatchOptions, keeper: Keeper) -> dict[str, str]:
    """By image, the fingerprint of every film that need not be measured again if it is still the same."""
    if not options.resume:
        return {}
    again = {"failed"} if options.retry_failed else set()
    return {
        image: film.fingerprint
        for image, film in known.items()
        if film.fingerprint and film.status not in again and keeper.has_pictures(film)
    }


def _measure_all(
    films: Sequence[FilmFile], options: BatchOptions, keeper: Keeper, watch: Watch, write: Callable[[], None]
) -> None:
    """Measure the films and keep each as it comes; ``write`` is called now and then."""
    trusted, key = _to_trust(keeper.known, options, keeper), options_key(options.film)
    tasks = (FilmTask(film, options.film, key, trusted.get(film.image, "")) for film in films)
    exported, left = time.monotonic(), len(films)
    with closing(_measured(tasks, options, watch.stopping)) as results:
        for task, result in results:
            keeper.keep(task.film, result, "" if result is None else fingerprint(result.sha256, key))
            left -= 1
            watch.on_film()
            if time.monotonic() - exported > _EXPORT_EVERY_S:
                write()
                exported = time.monotonic()
    if left:
        raise Interrupted(f"{left} films are left")


def measure_films(films: Sequence[FilmFile], out: Path, options: BatchOptions, watch: Watch = Watch()) -> Outcome:
    """Measure all films into ``out``, and write its tables at the end, on an interrupt, and now and then.

    Raises RunStopped where the run cannot go on (disk, memory, weights, another run's lock) or is asked to stop
    (Interrupted): what was measured is kept, and the same run goes on from there. Raises NewerResults or NotOurs.
    """
    try:
        check_weights(options.film.protocol)
        out.mkdir(parents=True, exist_ok=True)
        with owned(out) as store:
            clear_parts(out)  # of a run that was killed
            try:
                return _measure_into(store, films, out, options, watch)
            finally:
                clear_parts(out)
    except BrokenBundle as error:
        raise RunStopped(str(error)) from error
    except _UNWRITABLE as error:
        raise RunStopped(f"{out} cannot be written: {in_a_line(error)}") from error


def _measure_into(
    store: ResultStore, films: Sequence[FilmFile], out: Path, options: BatchOptions, watch: Watch
) -> Outcome:
    started = time.monotonic()
    keeper = Keeper(store, out, os.path.relpath(Path.cwd(), out.resolve()))

    def write() -> None:
        keeper.keep_sources()
        export(store, out, _run_facts(options, started, keeper.measured))

    try:
        _measure_all(films, options, keeper, watch, write)
    except BaseException:
        try:
            write()
        except _UNWRITABLE as error:  # the database is the truth; the tables are written by the next run
            log.warning("the tables were not written: %s", in_a_line(error))
        raise
    missing = keeper.mark_missing()
    write()
    statuses = {image: known.status for image, known in store.known().items()}
    counts = Counter(statuses[film.image] for film in films)
    return Outcome(counts, tuple(sorted(keeper.replaced)), tuple(sorted(store.stale())), missing, keeper.accidents)
