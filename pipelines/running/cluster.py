"""Films measured by the workers of a Dask scheduler: on this machine, in a cluster's jobs, in containers.

The scheduler hands films to workers; what happens to a film whose worker dies is decided here. A film that was at hand
when a worker died is suspected: it is measured again alone on a worker, while nothing else runs there. If that worker
dies as well, the film is set aside with the reason ``worker_killer``; else it was another film, or the machine.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from radcaliper.measurements.types import Status
from radcaliper.pipelines.reading import UnreadableFilm
from radcaliper.pipelines.reading.archives import as_file, is_there
from radcaliper.pipelines.results.rows import unmeasured_rows
from radcaliper.pipelines.running.faults import RunStopped, fault_behind
from radcaliper.pipelines.running.film import FilmResult, file_hash
from radcaliper.pipelines.running.logs import quiet
from radcaliper.pipelines.running.task import FilmTask, measure, options_key

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

log = logging.getLogger(__name__)

LOCAL: Final = "local"
"""Stands for a scheduler of this run's own, with workers on this machine, in place of an address."""
_FILMS_PER_THREAD: Final = 2
"""One that is measured and one that waits, so that no worker does."""
_LISTEN_S: Final = 1.0
_COUNT_WORKERS_EVERY_S: Final = 2.0
_LOST: Final = "the Dask scheduler was lost"
_KILLER: Final = "two workers died of it, out of memory or by a crash (--retry-failed tries again)"


@contextmanager
def _cluster_here(workers: int) -> Iterator[LocalCluster]:
    """That many processes on this machine, a film at a time each; their memory is limited by the system alone."""
    import dask
    from distributed import LocalCluster

    facts = {"n_workers": workers, "threads_per_worker": 1, "memory_limit": 0, "dashboard_address": "127.0.0.1:0"}
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        try:
            cluster = LocalCluster(**facts, silence_logs=logging.CRITICAL)
        except (OSError, RuntimeError) as error:
            raise RunStopped(f"workers cannot be started: {error}") from error
        with cluster:
            yield cluster


@contextmanager
def connected(address: str, workers: int) -> Iterator[Client]:
    """A client of the scheduler at ``address``, or of one with ``workers`` processes here for ``local``.

    Raises RunStopped where no scheduler answers.
    """
    from distributed import Client

    with ExitStack() as stack:
        scheduler = stack.enter_context(_cluster_here(workers)) if address == LOCAL else address
        try:
            client = stack.enter_context(Client(scheduler, set_as_default=False))
        except (OSError, ValueError) as error:
            raise RunStopped(f"no Dask scheduler answers at {address}") from error
        yield client


_quiet: Final = cache(quiet)
"""Once a worker."""


def measure_on_worker(task: FilmTask) -> FilmResult | None:
    """``measure`` in a worker's process. Raises RunStopped where that process has another version or other weights."""
    _quiet()
    if options_key(task.options) != task.key:
        raise RunStopped("a worker has another version of radcaliper or other weights than this run")
    return measure(task)


@dataclass(frozen=True)
class _Attempt:
    """A film that the scheduler has; ``alone_on`` is the worker that a suspect has for itself."""

    task: FilmTask
    future: Future
    alone_on: str = ""


@dataclass(frozen=True)
class _Finished:
    """The scheduler is done with an attempt."""

    key: str


@dataclass(frozen=True)
class _Died:
    """A worker died with attempts at hand."""

    keys: frozenset[str]


def _set_aside(task: FilmTask) -> FilmResult:
    try:
        with as_file(task.film.path) as file:
            content = file_hash(file)
    except (OSError, UnreadableFilm):
        content = ""
    rows = unmeasured_rows(task.film.image, Status.FAILED, "worker_killer", _KILLER, content)
    return FilmResult(rows, judged=content != "")


class _Films:
    """The films of a run on a scheduler's workers. One thread works with it; Dask's threads only put news."""

    def __init__(self, client: Client, tasks: Iterable[FilmTask]) -> None:
        self._client, self._tasks = client, iter(tasks)
        self._attempts: dict[str, _Attempt] = {}
        self._suspects: deque[FilmTask] = deque()
        self._news: SimpleQueue[_Finished | _Died] = SimpleQueue()
        self._workers: dict[str, int] = {}
        self._counted = -_COUNT_WORKERS_EVERY_S
        self._told_of_waiting = False
        client.subscribe_topic("all", self._hear)

    def _hear(self, event: tuple[float, Any]) -> None:
        """In Dask's thread: a worker that was removed, other than at its own wish, has died."""
        message = event[1]
        if isinstance(message, dict) and message.get("action") == "remove-worker" and not message.get("expected"):
            self._news.put(_Died(frozenset(message["processing-tasks"])))

    def _threads(self, anew: bool = False) -> dict[str, int]:
        """The workers' addresses with their threads, counted now and then: workers come and go."""
        if anew or time.monotonic() - self._counted > _COUNT_WORKERS_EVERY_S:
            try:
                self._workers, self._counted = self._client.nthreads(), time.monotonic()
            except (OSError, RuntimeError) as error:  # a connection that broke, a client that gave up
                raise RunStopped(_LOST) from error
            if not self._workers and not self._told_of_waiting:
                log.warning("no worker has joined the scheduler yet: waiting for one")
                self._told_of_waiting = True
        return self._workers

    def _submit(self, task: FilmTask, alone_on: str = "") -> None:
        key = f"film-{uuid4().hex}"
        place = {"workers": [alone_on], "allow_other_workers": False} if alone_on else {}
        future = self._client.submit(measure_on_worker, task.elsewhere, key=key, pure=False, **place)
        self._attempts[key] = _Attempt(task, future, alone_on)
        future.add_done_callback(lambda _: self._news.put(_Finished(key)))

    def send(self) -> bool:
        """Keep every worker busy, but no more than that; whether there is anything to wait for."""
        if not any(attempt.alone_on for attempt in self._attempts.values()):
            room = max(1, _FILMS_PER_THREAD * sum(self._threads().values())) - len(self._suspects)
            while len(self._attempts) < room and (task := next(self._tasks, None)) is not None:
                self._submit(task)
            if not self._attempts and self._suspects:
                for address in self._threads(anew=True):
                    if self._suspects:
                        self._submit(self._suspects.popleft(), address)
        return bool(self._attempts or self._suspects)

    def receive(self) -> Iterator[tuple[FilmTask, FilmResult | None]]:
        """The films that some news settles; none may, after a while."""
        try:
            news = self._news.get(timeout=_LISTEN_S)
        except Empty:
            self._put_back_stranded()
            return
        for key in news.keys if isinstance(news, _Died) else {news.key}:
            attempt = self._attempts.pop(key, None)
            if attempt is None:  # it was settled by other news
                continue
            if isinstance(news, _Died) or (attempt.future.status == "error" and self._was_killed(attempt)):
                yield from self._suspect(attempt)
            else:
                yield attempt.task, self._result(attempt)

    def _was_killed(self, attempt: _Attempt) -> bool:
        from distributed import KilledWorker

        return isinstance(attempt.future.exception(), KilledWorker)

    def _suspect(self, attempt: _Attempt) -> Iterator[tuple[FilmTask, FilmResult]]:
        attempt.future.cancel()
        if attempt.alone_on:
            yield attempt.task, _set_aside(attempt.task)
        else:
            self._suspects.append(attempt.task)

    def _result(self, attempt: _Attempt) -> FilmResult | None:
        path = attempt.task.film.path
        try:
            result: FilmResult | None = attempt.future.result()
        except RunStopped:
            raise
        except (CancelledError, OSError, TimeoutError) as error:
            raise RunStopped(_LOST) from error
        except Exception as error:
            same = "do scheduler and workers have the same radcaliper?"
            words = fault_behind(error) or f"a film cannot be measured there ({type(error).__name__}): {same}"
            raise RunStopped(words) from error
        finally:
            attempt.future.release()
        if result is not None and result.gone and is_there(path):
            raise RunStopped(f"a worker does not see {path.absolute()}: films must lie where all workers see them")
        return result

    def _put_back_stranded(self) -> None:
        """Suspects whose worker left before it began are tried on another one."""
        here = self._threads(anew=True)
        for key in [key for key, each in self._attempts.items() if each.alone_on and each.alone_on not in here]:
            attempt = self._attempts.pop(key)
            attempt.future.cancel()
            self._suspects.append(attempt.task)

    def cancel(self) -> None:
        """Give up what the scheduler has."""
        self._client.unsubscribe_topic("all")
        if self._attempts:
            self._client.cancel([attempt.future for attempt in self._attempts.values()])


def measured_on_cluster(
    client: Client, tasks: Iterable[FilmTask], stopping: Callable[[], bool]
) -> Iterator[tuple[FilmTask, FilmResult | None]]:
    """Measure films on a scheduler's workers, each with its result as it is done; once ``stopping``, no more.

    A dead worker's films are measured by others. Raises RunStopped where workers or scheduler cannot go on.
    """
    films = _Films(client, tasks)
    try:
        while not stopping() and films.send():
            for settled in films.receive():
                if stopping():  # the signal that reached this process may have ended workers as well
                    return
                yield settled
    finally:
        films.cancel()
