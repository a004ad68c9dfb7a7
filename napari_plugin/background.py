"""A queue of tasks that run in worker threads, one at a time; results and errors arrive in the window's thread."""

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

_TIMEOUT_S: Final = 10.0
"""How long ``finish`` waits for the running task."""
_EXPECTED: Final = (ValueError, OSError, RuntimeError, sqlite3.Error)
"""Errors whose message is enough; the message of any other error is preceded by its type."""


def error_text(error: BaseException) -> str:
    """An error as one line."""
    message = " ".join(str(error).split())
    return message if message and isinstance(error, _EXPECTED) else f"{type(error).__name__}: {message}"


def notify_error(error: BaseException) -> None:
    """Show an error as a napari notification of one line."""
    log.debug("a task failed", exc_info=error)
    show_error(error_text(error))


@dataclass(frozen=True, eq=False)
class _Task:
    work: Callable[[], Any]
    done: Callable[[Any], None]
    kind: str
    failed: Callable[[BaseException], None]
    finished: Event = field(default_factory=Event)

    def run(self) -> Any:
        """Do the work and return its result; ``finished`` is set afterwards, also after an error."""
        try:
            return self.work()
        finally:
            self.finished.set()


class TaskQueue(QObject):
    """Runs one task at a time. A waiting task is replaced by a later one of its kind, unless the kind is empty."""

    emptied = Signal()
    """The last task has ended."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[_Task] = []
        self._running: _Task | None = None
        self._stopped = False

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self._running is None and not self._waiting

    def put(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None] = lambda _: None,
        kind: str = "",
        failed: Callable[[BaseException], None] = notify_error,
    ) -> None:
        """Call ``work`` in another thread, then, in this one, ``done`` with its result or ``failed`` with its error."""
        if self._stopped:
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

    def _deliver(self, receiver: Callable[[Any], None], outcome: Any) -> None:
        if not self._is_stopped():
            receiver(outcome)

    def _is_stopped(self) -> bool:
        """Whether nothing may be delivered any more; Qt may have deleted the window, and this with it."""
        return self._stopped or not isalive(self)

    def _end(self) -> None:
        self._running = None
        if not self._is_stopped():
            self._start_next()
            if self.idle:
                self.emptied.emit()

    def finish(self) -> None:
        """Wait for the running task, then run all waiting tasks in this thread, so that nothing is left unsaved."""
        if self._running is not None:
            self._running.finished.wait(_TIMEOUT_S)
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            try:
                result = task.work()
            except _EXPECTED as error:
                task.failed(error)
            else:
                task.done(result)

    def stop(self) -> None:
        """Drop the waiting tasks, and deliver no more results."""
        self._stopped = True
        self._waiting = []
