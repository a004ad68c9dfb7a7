"""What the command line says, and how a command ends."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import typer

STOPPED: Final = 3
"""The exit status of a run that was stopped before its end, by the machine or by somebody."""


def say(words: str) -> None:
    """One line on stderr, if there is anybody to read it."""
    with suppress(OSError):  # a terminal that was closed must not end a run
        typer.echo(words, err=True)


def stop(words: str, status: int = 2) -> typer.Exit:
    """Say why a command cannot go on; to be raised."""
    say(f"radcaliper: {words}")
    return typer.Exit(status)
