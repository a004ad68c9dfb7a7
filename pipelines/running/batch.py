"""Many films: workers measure, one thread writes, and an interrupted run goes on where it was."""

from __future__ import annotations

import json
import logging
import os
import platform
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from radcaliper.models.inference.computing import DEFAULT, Computing, resolved
from radcaliper.models.registry import BUNDLES, BrokenBundle
from radcaliper.pipelines.protocols.registry import check_weights
from radcaliper.pipelines.results.database import DatabaseBusy
from radcaliper.pipelines.results.outputs import GrowingTables, are_up_to_date, write_outputs, write_run
from radcaliper.pipelines.results.pictures import clear_parts
from radcaliper.pipelines.results.store import Known, ResultStore
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.running.cluster import connected, measured_on_cluster
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.faults import Interrupted, RunStopped, in_a_line
from radcaliper.pipelines.running.film import FilmOptions, FilmResult
from radcaliper.pipelines.running.keeping import FilmDone, Keeper
from radcaliper.pipelines.running.lock import owned
from radcaliper.pipelines.running.naming import keep_naming
from radcaliper.pipelines.running.pseudonyms import Pseudonyms
from radcaliper.pipelines.running.stamp import file_stamp
from radcaliper.pipelines.running.task import FilmTask, fingerprint, options_key
from radcaliper.pipelines.running.threads import Measurer, measured_here
from radcaliper.pipelines.running.writing import TablesOnTheWay

log = logging.getLogger(__name__)

_TOLD: Final = 3
"""How many reasons and films are named at the end of a run."""
_UNWRITABLE: Final = (OSError, sqlite3.Error, DatabaseBusy)


@dataclass(frozen=True)
class BatchOptions:
    """How a run goes about it."""

    film: FilmOptions = field(default_factory=FilmOptions)
    workers: int = 1
    resume: bool = True
    scheduler: str | None = None
    """Address of a Dask scheduler whose workers see the same files, or ``local`` for ``workers`` processes here; None
    measures by threads, and by worker processes."""
    retry_failed: bool = False
    """Whether films that could not be read are tried again though they are the same."""
    verify: bool = False
    """Whether to read every film to see that it is the same, and not to rely on its size and time."""
    prune: bool = False
    """Whether films whose file is gone are removed, but for those of which something was signed."""
    computing: Computing = DEFAULT
    """How networks are computed, with ``auto`` for what each worker has."""


@dataclass(frozen=True)
class Watch:
    """What a run tells and asks on its way: ``on_film`` is called after each film, ``stopping`` before the next.

    Of the films that are measured at a time, each of ``processes`` measures one, threads of this process the others.
    """

    on_film: Callable[[FilmDone], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False
    processes: Sequence[Measurer] = ()


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
    pruned: int = 0
    """Films that were removed, as their file is gone."""
    reasons: tuple[tuple[str, int], ...] = ()
    """The commonest reasons among all films of the folder, with how many films have each."""
    first: tuple[str, ...] = ()
    """The films to look at first: left for review, with the lowest quality."""


def _measured(
    tasks: Iterable[FilmTask], options: BatchOptions, watch: Watch
) -> Generator[tuple[FilmTask, FilmResult | None]]:
    """Each film with its result as it is done: by threads and processes here, or by the workers of a Dask scheduler."""
    if options.scheduler is None:
        yield from measured_here(tasks, options.workers, watch.stopping, watch.processes)
        return
    with connected(options.scheduler, options.workers) as client:
        yield from measured_on_cluster(client, tasks, watch.stopping)


def _run_facts(options: BatchOptions, started: float, measured: int) -> dict[str, Any]:
    computing = options.computing if options.scheduler else resolved(options.computing)
    engines = () if computing.engine == "auto" else (computing.engine,)
    packages = ("radcaliper", *engines, "numpy", "opencv-python-headless", "pydicom")
    return {
        "versions": {name: version(name) for name in packages} | {"python": platform.python_version()},
        "computing": asdict(computing),
        "weights": {name: bundle.metadata["weights_sha256"] for name, bundle in BUNDLES.items()},
        "own_bundles": [bundle.identity for bundle in options.film.own_bundles],
        "own_structures": [name for bundle in options.film.own_bundles for name in bundle.structures],
        "options": json.loads(json.dumps(asdict(options), default=str)),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "seconds": round(time.monotonic() - started, 2),
        "films_measured": measured,
    }


class _Run:
    """One run into a results folder: which films are to be measured, and what is written of them."""

    def __init__(self, results: StoredResults, options: BatchOptions, keeper: Keeper, watch: Watch) -> None:
        self._results, self._options, self.keeper, self._watch = results, options, keeper, watch
        self._key = options_key(options.film)
        self._started = time.monotonic()
        tables = GrowingTables(results)
        self._on_the_way = TablesOnTheWay(tables, results.store.count, self._keep_facts)

    def _trusted(self, image: str) -> Known | None:
        """What is known of a film that need not be measured again if it is still the same."""
        known = self.keeper.known(image) if self._options.resume else None
        if known is None or not known.fingerprint or (self._options.retry_failed and known.status == "failed"):
            return None
        return known if self.keeper.has_pictures(known) else None

    def _is_same_unread(self, known: Known, stamp: str) -> bool:
        """Whether size and time of a film's file say that its results still hold."""
        same = stamp != "" and known.source.stamp == stamp and not self._options.verify
        return same and known.fingerprint == fingerprint(known.sha256, self._key)

    def _done(self, done: FilmDone) -> None:
        self._on_the_way.note(done)
        self._watch.on_film(done)

    def _tasks(self, films: Iterable[FilmFile]) -> Iterator[FilmTask]:
        """The films that must be read; of the others, what is known is kept."""
        for film in films:
            if self._watch.stopping():
                return
            known, stamp = self._trusted(film.image), file_stamp(film.path)
            if known is not None and self._is_same_unread(known, stamp):
                self._done(self.keeper.keep_known(film, known, stamp))
            else:
                trusted = "" if known is None else known.fingerprint
                yield FilmTask(film, self._options.film, self._key, trusted, stamp, self._options.computing)

    def measure(self, films: Sequence[FilmFile]) -> None:
        """Measure the films and keep each as it comes. Raises Interrupted where some are left."""
        tasks = self._tasks(films)
        with closing(_measured(tasks, self._options, self._watch)) as results:
            for task, result in results:
                self._done(self.keeper.keep(task, result))
        if left := len(films) - self.keeper.counts.total():
            raise Interrupted(f"{left} films are left")

    def _keep_facts(self) -> None:
        """Keep where films lie, and what is known of the run."""
        self.keeper.keep_sources()
        self._results.store.write_run(_run_facts(self._options, self._started, self.keeper.measured))

    def write(self) -> None:
        """Write all that is written from the database and does not show it yet."""
        self._keep_facts()
        if are_up_to_date(self._results):
            write_run(self._results)
        else:
            write_outputs(self._results)


def measure_films(
    films: Sequence[FilmFile],
    out: Path,
    options: BatchOptions,
    watch: Watch = Watch(),
    pseudonyms: Pseudonyms | None = None,
) -> Outcome:
    """Measure all films into ``out``, and write its tables at the end, on an interrupt, and now and then.

    With ``pseudonyms``, the films are called by them already. Raises RunStopped where the run cannot go on (disk,
    memory, weights, another run's lock) or is asked to stop (Interrupted): what was measured is kept, and the same run
    goes on from there. Raises NewerResults, NotOurs, or OtherNames where the films of ``out`` are named by another key.
    """
    try:
        check_weights(options.film.protocol)
        out.mkdir(parents=True, exist_ok=True)
        with owned(out) as store:
            keep_naming(store, pseudonyms)
            clear_parts(out)  # of a run that was killed
            keeper = Keeper(store, out, os.path.relpath(Path.cwd(), out.resolve()), pseudonyms)
            try:
                return _measure_into(_Run(StoredResults(out, store), options, keeper, watch), store, films, options)
            finally:
                clear_parts(out)
    except BrokenBundle as error:
        raise RunStopped(str(error)) from error
    except _UNWRITABLE as error:
        raise RunStopped(f"{out} cannot be written: {in_a_line(error)}") from error


def _measure_into(run: _Run, store: ResultStore, films: Sequence[FilmFile], options: BatchOptions) -> Outcome:
    keeper = run.keeper
    try:
        run.measure(films)
    except BaseException:
        try:
            run.write()
        except _UNWRITABLE as error:  # the database is the truth; the tables are written by the next run
            log.warning("the tables were not written: %s", in_a_line(error))
        raise
    keeper.keep_sources()
    missing = keeper.mark_missing()
    pruned = keeper.prune() if options.prune else 0
    run.write()
    stale, replaced = tuple(sorted(store.stale())), tuple(sorted(keeper.replaced))
    reasons, first = store.commonest_reasons(_TOLD), store.lowest_quality(_TOLD)
    return Outcome(keeper.counts, replaced, stale, missing - pruned, keeper.accidents, pruned, reasons, first)
