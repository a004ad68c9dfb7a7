"""Where a run's words go: warnings to stderr, every film there too if wanted, and everything to a log file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_OURS: Final = "radcaliper"
_FORMAT: Final = "%(asctime)s %(levelname)s %(message)s"


def quiet() -> None:
    """From now on, what libraries say of a film in this process, a worker's, goes nowhere: it may quote its header."""
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


class _Said(logging.Handler):
    """Says each record's words."""

    def __init__(self, say: Callable[[str], None], level: int) -> None:
        super().__init__(level)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Say the words, never a traceback."""
        self._say(record.getMessage())


@contextmanager
def logging_to(say: Callable[[str], None], file: Path | None, verbose: bool) -> Iterator[None]:
    """Within, ``say`` is told of warnings, or of every film, and ``file`` has all of it, errors with their places.

    What other libraries log, and Python's warnings, may quote a patient's header, and go nowhere. Raises OSError for a
    file that cannot be written.
    """
    handlers: list[logging.Handler] = [_Said(say, logging.INFO if verbose else logging.WARNING)]
    if file is not None:
        handlers.append(logging.FileHandler(file, encoding="utf-8", errors="backslashreplace"))
        handlers[-1].setFormatter(logging.Formatter(_FORMAT))
    ours, silent = logging.getLogger(_OURS), logging.NullHandler()
    logging.getLogger().addHandler(silent)
    former = ours.level, ours.propagate
    ours.setLevel(logging.DEBUG)
    ours.propagate = False
    for handler in handlers:
        ours.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for handler in handlers:
            ours.removeHandler(handler)
            handler.close()
        ours.setLevel(former[0])
        ours.propagate = former[1]
        logging.getLogger().removeHandler(silent)
