"""Where networks compute: the processor, or a graphics processor, chosen by whoever measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import torch

_CHOSEN: Final[ContextVar[str]] = ContextVar("device", default="cpu")


class NoDevice(RuntimeError):
    """This machine lacks a device; the message is one line."""


def _is_here(device: str) -> bool:
    """Whether this machine has a device; asked for each film, so only about the device that is meant."""
    checks: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu": lambda: True,
    }
    return checks[device]()


def resolved(device: str) -> str:
    """``cpu``, ``cuda`` or ``mps``; ``auto`` is the first of cuda, mps and cpu that is here.

    Raises NoDevice for one that is not.
    """
    if device == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if _is_here(name))
    if not _is_here(device):
        raise NoDevice(f"there is no device {device} here, as far as torch sees")
    return device


@contextmanager
def computing_on(device: str) -> Iterator[None]:
    """Within, in this thread, networks compute on ``device``, as by ``resolved``. Raises NoDevice."""
    token = _CHOSEN.set(resolved(device))
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def chosen_device() -> str:
    """Where networks compute: the processor unless ``computing_on`` says otherwise."""
    return _CHOSEN.get()
