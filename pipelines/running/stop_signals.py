"""Signals that end a run: an interrupt, SIGTERM, SIGHUP. The film at hand is finished, and the tables are written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def stopping_by_signal() -> Iterator[Callable[[], bool]]:
    """Within, a signal asks the run to stop, which it hears by the function that is given; a second one ends it.

    A signal that is ignored, as SIGHUP under nohup, stays ignored. To be called in the main thread.
    """
    asked = Event()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature of a signal handler
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    former = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = [number for number, handler in former.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, ask)
    try:
        yield asked.is_set
    finally:
        for number in taken:
            signal.signal(number, former[number])
