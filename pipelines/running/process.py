"""Measuring in a process of its own, for programs that draw.

torch and a software OpenGL each bring an LLVM, and a process that holds both may crash; nor does a window like sharing
its interpreter with a network. The process is told what to do on its stdin, answers in lines of JSON on its stdout, and
stops after the film at hand when its stdin is closed, as it is when whoever started it dies.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile
from threading import Event, Lock, Thread
from typing import IO, Any, Final, TextIO

from radcaliper.pipelines.results.masks import MaskFormat
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.qc.status_rules import StatusRules

_CANCELLED: Final = "cancelled: what was measured is kept, and the next run goes on from there"


class MeasuringFailed(RuntimeError):
    """The run could not go on; the message is one line, and what was measured before is kept."""


class Cancelled(RuntimeError):
    """The run was stopped; what was measured before is kept."""


class MeasuringProcess:
    """A run of films into a results folder, elsewhere."""

    def __init__(self, films: Sequence[FilmFile], out: Path, options: FilmOptions) -> None:
        command = [sys.executable, "-m", "radcaliper.pipelines.running.process"]
        self._complaints = TemporaryFile()  # noqa: SIM115  as long as the process; a pipe that nobody reads would fill
        self._process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=self._complaints, text=True, encoding="utf-8")
        self._sending = Lock()
        self._order = {
            "films": [(film.image, str(film.path)) for film in films],
            "out": str(out),
            "options": asdict(options),
        }

    def run(self, on_film: Callable[[], None]) -> Counter[str]:
        """Wait for the run; how many films have each status. ``on_film`` is called after each.

        Raises MeasuringFailed, or Cancelled after ``cancel``.
        """
        with self._complaints, self._process as process:
            self._send_order()
            for line in process.stdout or ():
                answer = json.loads(line)
                if answer["is"] == "film":
                    on_film()
                else:
                    return _result(answer)
            if self._inbox.closed:
                raise Cancelled(_CANCELLED)
            raise MeasuringFailed(self._last_words(process.wait()))

    def _last_words(self, status: int) -> str:
        """Why the process ended before it was done, in one line."""
        self._complaints.seek(0)
        said = self._complaints.read().decode("utf-8", "replace").split("\n")
        words = next((line.strip() for line in reversed(said) if line.strip()), "")
        return f"measuring ended by itself, with exit status {status}: {words}".rstrip(": ")

    @property
    def _inbox(self) -> IO[str]:
        if self._process.stdin is None:
            raise RuntimeError("the process was started without a pipe")
        return self._process.stdin

    def _send_order(self) -> None:
        with self._sending:
            if not self._inbox.closed:  # else it was cancelled before it began
                self._inbox.write(json.dumps(self._order) + "\n")
                self._inbox.flush()

    def cancel(self) -> None:
        """Stop after the film at hand; may be called from any thread, and more than once."""
        with self._sending:
            self._inbox.close()


def _result(answer: dict[str, Any]) -> Counter[str]:
    if answer["is"] == "cancelled":
        raise Cancelled(_CANCELLED)
    if answer["is"] == "failed":
        raise MeasuringFailed(answer["why"])
    return Counter(answer["counts"])


def _options_of(order: dict[str, Any]) -> FilmOptions:
    """The options as they were before they went through JSON."""
    rules = StatusRules(**order["rules"] | {"allowed": tuple(order["rules"]["allowed"])})
    return FilmOptions(**order | {"masks": MaskFormat(order["masks"]), "rules": rules})


def _measure(order: dict[str, Any], stop: Event, say: Callable[..., None]) -> None:
    from radcaliper.pipelines.running.batch import BatchOptions, measure_films

    def on_film() -> None:
        if stop.is_set():
            raise Cancelled
        say("film")

    films = [FilmFile(image, Path(path)) for image, path in order["films"]]
    options = _options_of(order["options"])
    try:
        counts = measure_films(films, Path(order["out"]), BatchOptions(options, os.cpu_count() or 1), on_film)
    except Cancelled:
        say("cancelled")
    except (OSError, sqlite3.Error, RuntimeError) as error:
        say("failed", why=f"{order['out']} cannot be written: {error}" if isinstance(error, OSError) else str(error))
    else:
        say("done", counts=counts)


def _serve(inbox: TextIO, outbox: TextIO) -> None:
    """Carry out the order in the first line of ``inbox``; its end is the order to stop."""
    stop = Event()

    def say(kind: str, **more: object) -> None:
        outbox.write(json.dumps({"is": kind, **more}) + "\n")
        outbox.flush()

    def watch() -> None:
        inbox.read()
        stop.set()

    if order := inbox.readline():
        Thread(target=watch, daemon=True).start()
        _measure(json.loads(order), stop, say)


if __name__ == "__main__":
    channel, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    _serve(sys.stdin, channel)
