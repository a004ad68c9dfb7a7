"""One measuring run at a time owns a results folder; reviewers may work meanwhile."""

from __future__ import annotations

import getpass
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from radcaliper.pipelines.results.database import DATABASE
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.running.faults import RunStopped

LOCK: Final = "results.lock"
"""The file that is locked, by the system: whoever dies lets go of it. It stays, and is empty."""


def _me() -> dict[str, Any]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in a container
        user = f"user {os.getuid()}"
    return {
        "user": user,
        "host": socket.gethostname(),
        "process": os.getpid(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _holder(out: Path) -> str:
    """Who holds the folder, as far as the database says."""
    try:
        with closing(ResultStore(out / DATABASE)) as store:
            who = store.read_holder()
    except (OSError, ValueError, RuntimeError, sqlite3.Error):  # it is being created, or written by another version
        who = {}
    if not who:
        return "another run"
    return f"{who['user']} on {who['host']} (process {who['process']}) since {who['since']}"


@contextmanager
def owned(out: Path) -> Iterator[ResultStore]:
    """The database of a results folder that no other run measures into meanwhile.

    Raises RunStopped where another one does, with who, where and since when.
    """
    lock = FileLock(out / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise RunStopped(
            f"{out} is being measured into by {_holder(out)}: wait for it, or choose another folder"
        ) from error
    try:
        with closing(ResultStore(out / DATABASE)) as store:
            store.write_holder(_me())
            yield store
    finally:
        lock.release()
