"""What the machine lacks, told apart from what is wrong with a film: it stops a run, and is no film's verdict."""

from __future__ import annotations

import errno
import sqlite3
import traceback
from collections.abc import Iterator
from typing import Final

from radcaliper.models.registry import BrokenBundle
from radcaliper.pipelines.results.database import DatabaseBusy

_LACKING: Final = {errno.ENOMEM, errno.EMFILE, errno.ENFILE}
_OUT_OF_MEMORY: Final = (
    "out of memory",
    "cannot allocate memory",
    "can't allocate memory",
    "not enough memory",
    "insufficient memory",
    "bad alloc",
    "bad_alloc",
    "failed to allocate",
    "unable to allocate",
)
"""How libraries without an exception for it say so: torch, ONNX Runtime, OpenCV, SimpleITK, decoders."""


class RunStopped(RuntimeError):
    """The run cannot go on, for want of something that is no film's fault; the message is one line.

    What was measured is kept, and the same run goes on from there.
    """


class Interrupted(RunStopped):
    """Somebody asked the run to stop."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__  # type: ignore[assignment]


def fault_behind(error: BaseException) -> str | None:
    """What the machine lacks, in a line, where that is what an error comes from; None for any other error."""
    for each in _chain(error):
        if isinstance(each, BrokenBundle):
            return str(each)
        words = str(each).lower()
        if isinstance(each, MemoryError) or any(sign in words for sign in _OUT_OF_MEMORY):
            return "too little memory"
        if isinstance(each, OSError) and each.errno in _LACKING:
            return str(each.strerror)
    return None


def is_about_the_disk(error: BaseException) -> bool:
    """Whether an error comes from the file system that a film is read from, and not from the film's content."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno is not None


def in_a_line(error: BaseException) -> str:
    """What kept results from being written."""
    if isinstance(error, DatabaseBusy):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}" + (f" ({error.filename})" if error.filename else "")
    if isinstance(error, sqlite3.Error):
        return f"results.sqlite: {error}"
    return " ".join(str(error).split()) or type(error).__name__


def kind_of(error: BaseException) -> str:
    """The name of an error's type, with its module where it is none of Python's own."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def steps_of(error: BaseException) -> str:
    """Where an error came from, for the log: the places in the code and the kinds of error, never their words.

    Messages quote what was read, and that may be a patient's.
    """
    parts = []
    for each in reversed(list(_chain(error))):
        parts.append("".join(traceback.format_tb(each.__traceback__)) + kind_of(each))
    return "\n".join(parts)
