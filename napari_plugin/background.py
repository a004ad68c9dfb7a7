"""Tasks in worker threads, one after the other, whose results and errors arrive in the window's thread."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

from napari.utils.notifications import show_error
from qtpy.compat import isalive
from qtpy.QtCore import QObject, Signal
from superqt.utils import create_worker  # napari's own wrapper of it breaks down on PySide6 when a task fails

log = logging.getLogger(__name__)

_PATIENCE_S: Final = 10.0
_PLAIN: Final = (ValueError, OSError, RuntimeError, sqlite3.Error)
"""Errors whose message says it all; others are named by their type."""


def tell(error: BaseException) -> None:
    """A napari notification of one line."""
    log.debug("a task failed", exc_info=error)
    words = " ".join(str(error).split())
    show_error(words if words and isinstance(error, _PLAIN) else f"{type(error).__name__}: {words}")


@dataclass(frozen=True, eq=False)
class _Task:
    work: Callable[[], Any]
    done: Callable[[Any], None]
    kind: str
    failed: Callable[[BaseException], None]
    finished: Event = field(default_factory=Event)

    def run(self) -> Any:
        """The work's result; whoever waits for the task knows then that it is over."""
        try:
            return self.work()
        finally:
            self.finished.set()


class TaskQueue(QObject):
    """Runs one task at a time. A waiting task gives way to a later one of its kind; an empty kind never does."""

    emptied = Signal()
    """Nothing runs and nothing waits any more."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[_Task] = []
        self._running: _Task | None = None
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self._running is None and not self._waiting

    def put(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None] = lambda _: None,
        kind: str = "",
        failed: Callable[[BaseException], None] = tell,
    ) -> None:
        """Call ``work`` in a worker thread, then ``done`` with its result or ``failed`` with its error in this one."""
        if self._closed:
            return
        if kind:
            self._waiting = [task for task in self._waiting if task.kind != kind]
        self._waiting.append(_Task(work, done, kind, failed))
        self._start_next()

    def _start_next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        task = self._running = self._waiting.pop(0)
        worker = create_worker(task.run, _start_thread=False, _ignore_errors=True)
        worker.returned.connect(lambda result: self._deliver(task.done, result))
        worker.errored.connect(lambda error: self._deliver(task.failed, error))
        worker.finished.connect(self._end)
        worker.start()

    def _deliver(self, receiver: Callable[[Any], None], what: Any) -> None:
        if not self._over():
            receiver(what)

    def _over(self) -> bool:
        """Whether nothing may be delivered any more; the window may be gone without a word."""
        return self._closed or not isalive(self)

    def _end(self) -> None:
        self._running = None
        if not self._over():
            self._start_next()
            if self.idle:
                self.emptied.emit()

    def finish(self) -> None:
        """Do here and now what waits, once what runs is over: what is to be saved is saved whole."""
        if self._running is not None:
            self._running.finished.wait(_PATIENCE_S)
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            try:
                result = task.work()
            except _PLAIN as error:
                task.failed(error)
            else:
                task.done(result)

    def drop(self) -> None:
        """Forget what waits and deliver nothing any more."""
        self._closed = True
        self._waiting = []
