"""Other processes of this machine that measure films beside this one: Python computes on one core at a time.

A worker process measures one film at a time and writes nothing but its answers. It hears of no signal, and ends when
whoever started it dies, after the film at hand.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final, cast

from radcaliper.pipelines.running.faults import RunStopped, fault_behind, kind_of

if TYPE_CHECKING:
    from radcaliper.pipelines.running.film import FilmResult
    from radcaliper.pipelines.running.task import FilmTask

_SERVE: Final = "import sys; sys.path[:] = {path!r}; from {module} import serve; serve()"
"""What a worker process runs: with the path of this process, so that it finds the same packages."""


class WorkerProcess:
    """A process that measures a film when it is called, one at a time. Raises OSError where none can be started."""

    def __init__(self) -> None:
        code = _SERVE.format(path=sys.path, module=__name__)
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C interrupts this process alone, which then asks for no more films
        )
        self._asking = cast("IO[bytes]", self._process.stdin)
        self._answering = cast("IO[bytes]", self._process.stdout)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def __call__(self, task: FilmTask) -> FilmResult | None:
        """As ``task.measure``. Raises RunStopped, also where the process died."""
        try:
            pickle.dump(task, self._asking)
            self._asking.flush()
            answer: FilmResult | RunStopped | None = pickle.load(self._answering)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            died = "a process that measures died, out of memory or by a crash"
            raise RunStopped(f"{died}, at {task.film.image}") from error
        if isinstance(answer, RunStopped):
            raise answer
        return answer

    def close(self) -> None:
        """End the process, which holds nothing while no film is asked for."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._asking, self._answering):
            with suppress(OSError):  # of what a process that died did not read
                pipe.close()


@contextmanager
def worker_processes(count: int) -> Iterator[tuple[WorkerProcess, ...]]:
    """So many of them, which start at once and end behind it. Raises RunStopped where one cannot be started."""
    with ExitStack() as stack:
        try:
            started = tuple(stack.enter_context(closing(WorkerProcess())) for _ in range(count))
        except OSError as error:
            raise RunStopped(f"no further process can be started: {error.strerror}") from error
        yield started


def _answer(task: FilmTask) -> FilmResult | RunStopped | None:
    from radcaliper.pipelines.running.task import measure

    try:
        return measure(task)
    except RunStopped as stopped:
        return stopped
    except Exception as error:  # noqa: BLE001  told to who asked, where it ends the run as if it came from a thread
        return RunStopped(fault_behind(error) or f"a process was lost: {kind_of(error)}")


def _answers(asked: IO[bytes], answering: IO[bytes]) -> None:
    """Answer every film that is asked for, until whoever asks is gone."""
    with suppress(EOFError):
        while True:
            answer = _answer(pickle.load(asked))
            pickle.dump(answer, answering)
            answering.flush()


def serve() -> None:
    """What a worker process does: answer by its standard output, which nothing else may write to."""
    with suppress(BrokenPipeError), os.fdopen(os.dup(0), "rb") as asked, os.fdopen(os.dup(1), "wb") as answering:
        os.dup2(2, 1)
        from radcaliper.pipelines.running import task  # noqa: F401  what measuring needs, before the first film
        from radcaliper.pipelines.running.logs import quiet

        quiet()
        _answers(asked, answering)
