"""Films measured on this machine: each thread measures by itself, or waits for a worker process that does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

from radcaliper.pipelines.running.faults import RunStopped, fault_behind
from radcaliper.pipelines.running.film import FilmResult
from radcaliper.pipelines.running.task import FilmTask, measure

Measurer = Callable[[FilmTask], "FilmResult | None"]
"""Measures a film as ``task.measure``, here or elsewhere; used by one thread at a time."""
_Pending = Future["FilmResult | None"]


class _Measurers:
    """As many as there are threads: whichever is free measures a film, those that come first before others."""

    def __init__(self, measurers: Sequence[Measurer]) -> None:
        self._free: SimpleQueue[Measurer] = SimpleQueue()
        for each in measurers:
            self._free.put(each)

    def __call__(self, task: FilmTask) -> FilmResult | None:
        measurer = self._free.get()
        try:
            return measurer(task)
        finally:
            self._free.put(measurer)


class _Queue:
    """Films being measured: at most one more than ``ahead`` before what has been taken; all are taken in the end."""

    def __init__(self, pool: ThreadPoolExecutor, measurer: Measurer, tasks: Iterable[FilmTask], ahead: int) -> None:
        self._pool, self._measurer, self._tasks, self._ahead = pool, measurer, iter(tasks), ahead
        self._running: dict[_Pending, FilmTask] = {}

    def _submit(self, task: FilmTask) -> _Pending:
        try:
            return self._pool.submit(self._measurer, task)
        except RuntimeError as error:  # no thread can be started
            raise RunStopped(str(error)) from error

    def _fill(self) -> None:
        while len(self._running) <= self._ahead and (task := next(self._tasks, None)) is not None:
            self._running[self._submit(task)] = task

    def _finished(self) -> Iterator[tuple[FilmTask, _Pending]]:
        ready, _ = wait(self._running, return_when=FIRST_COMPLETED)
        yield from ((self._running.pop(future), future) for future in ready)

    def _cancel(self) -> None:
        for future in self._running:
            future.cancel()

    def results(self, stopping: Callable[[], bool]) -> Iterator[tuple[FilmTask, FilmResult | None]]:
        """Each film with its result as it is done; once ``stopping``, only those at hand."""
        faults: list[BaseException] = []
        try:
            self._fill()
            while self._running:
                for task, future in self._finished():
                    if future.cancelled():
                        continue
                    if (error := future.exception()) is None:
                        yield task, future.result()
                    else:
                        faults.append(error)
                if faults or stopping():
                    self._cancel()
                else:
                    self._fill()
        finally:
            self._cancel()
        for fault in faults:
            if isinstance(fault, RunStopped):
                raise fault
            raise RunStopped(fault_behind(fault) or f"a thread was lost: {type(fault).__name__}") from fault


def measured_here(
    tasks: Iterable[FilmTask], workers: int, stopping: Callable[[], bool], processes: Sequence[Measurer] = ()
) -> Iterator[tuple[FilmTask, FilmResult | None]]:
    """Measure ``workers`` films at a time, each with its result as it is done; once ``stopping``, only those at hand.

    As many of them as there are ``processes`` are measured by these, the others by threads of this process. Raises
    RunStopped where a film cannot be measured for want of something, after those at hand.
    """
    measurers = [*[measure] * (workers - len(processes)), *processes]
    with ThreadPoolExecutor(len(measurers)) as pool:
        yield from _Queue(pool, _Measurers(measurers), tasks, len(measurers)).results(stopping)
