"""Measuring in a process of its own, for programs that draw.

torch and a software OpenGL each bring an LLVM, and a process that holds both may crash; nor does a window like sharing
its interpreter with a network. The process stops after the film at hand when it is told to, and when whoever started it
dies.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.faults import Interrupted, RunStopped
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.stop_signals import stopping_by_signal
from radcaliper.pipelines.running.workers import available_cores

_CANCELLED: Final = "cancelled: what was measured is kept, and the next run goes on from there"
_SPAWN: Final = get_context("spawn")


class MeasuringFailed(RuntimeError):
    """The run could not go on; the message is one line, and what was measured before is kept."""


class Cancelled(RuntimeError):
    """The run was stopped; what was measured before is kept."""


class MeasuringProcess:
    """A run of films into a results folder, elsewhere."""

    def __init__(self, films: Sequence[FilmFile], out: Path, options: FilmOptions) -> None:
        self._answers, answering = _SPAWN.Pipe(duplex=False)
        self._stop = _SPAWN.Event()
        descriptor, self._complaints = tempfile.mkstemp(prefix="radcaliper_")
        os.close(descriptor)
        order = (tuple(films), out, options)
        arguments = (order, answering, self._stop, self._complaints)
        self._process = _SPAWN.Process(target=_serve, args=arguments, daemon=True)  # asked to stop when we exit
        self._process.start()
        answering.close()  # the process holds the other end: once it is gone, nothing more is to be read

    def run(self, on_film: Callable[[], None]) -> Counter[str]:
        """Wait for the run; how many films have each status. ``on_film`` is called after each.

        Raises MeasuringFailed, or Cancelled after ``cancel``.
        """
        try:
            while (answer := self._next_answer()) is None:
                on_film()
            self._process.join()
        finally:
            Path(self._complaints).unlink(missing_ok=True)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _next_answer(self) -> Counter[str] | BaseException | None:
        """None for a film; else how the run ended."""
        try:
            answer: Counter[str] | BaseException | None = self._answers.recv()
        except EOFError:
            self._process.join()
            return Cancelled(_CANCELLED) if self._stop.is_set() else MeasuringFailed(self._last_words())
        return answer

    def _last_words(self) -> str:
        """Why the process ended before it was done, in one line."""
        said = Path(self._complaints).read_text(encoding="utf-8", errors="replace").splitlines()
        words = next((line.strip() for line in reversed(said) if line.strip()), "")
        return f"measuring ended by itself, with exit status {self._process.exitcode}: {words}".rstrip(": ")

    def cancel(self) -> None:
        """Stop after the film at hand; may be called from any thread, and more than once."""
        self._stop.set()


def _complain_to(path: str) -> None:
    """Send what this process says, and what libraries say of a crash, to a file that outlives it."""
    with Path(path).open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


def _follow_parent(orphaned: Event) -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    orphaned.set()


def _measured(order: tuple[Sequence[FilmFile], Path, FilmOptions], stopping: Callable[[], bool], tell: Any) -> object:
    """How the run ended: the films by status, or the error that ended it."""
    from radcaliper.pipelines.running.batch import BatchOptions, Watch, measure_films

    films, out, options = order
    try:
        with stopping_by_signal() as signalled:
            watch = Watch(lambda _: tell(None), lambda: stopping() or signalled())
            return measure_films(films, out, BatchOptions(options, available_cores()), watch).counts
    except Interrupted:
        return Cancelled(_CANCELLED)
    except (RunStopped, ValueError) as error:
        return MeasuringFailed(str(error))


def _serve(
    order: tuple[Sequence[FilmFile], Path, FilmOptions], answering: Connection, stop: Any, complaints: str
) -> None:
    """Carry out the order, answering None after each film, and in the end how it went."""
    _complain_to(complaints)
    orphaned = Event()
    Thread(target=_follow_parent, args=(orphaned,), daemon=True).start()

    def tell(answer: object) -> None:
        if not orphaned.is_set():
            answering.send(answer)

    try:
        tell(_measured(order, lambda: orphaned.is_set() or bool(stop.is_set()), tell))
    except BrokenPipeError:  # nobody is left to be told
        return
