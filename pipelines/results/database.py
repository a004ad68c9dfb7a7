"""How results.sqlite is opened and written: one writer at a time, readers never wait for it, busy is waited for."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from radcaliper.pipelines.results.schema import NewerResults, NotOurs, bring_up_to_date

__all__ = ["DATABASE", "DatabaseBusy", "NewerResults", "NotOurs", "connect", "note_change", "transaction"]

log = logging.getLogger(__name__)

DATABASE: Final = "results.sqlite"
"""The name of the database in a results folder."""
_ASK_EVERY_S: Final = 2.0
_PATIENCE_S: Final = 600.0


class DatabaseBusy(RuntimeError):
    """Another program has held the database for too long; the message is one line."""


class _Patient(sqlite3.Connection):
    """A connection that waits for a busy database, minutes long, and says so."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        """Run a query as soon as the database is free; DatabaseBusy where it is not for minutes."""
        since, told = time.monotonic(), False
        while True:
            try:
                return super().execute(query, values)
            except sqlite3.OperationalError as error:
                if (error.sqlite_errorcode & 0xFF) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
                if time.monotonic() - since > _PATIENCE_S:
                    raise DatabaseBusy(f"another program has held {DATABASE} for {_PATIENCE_S / 60:.0f} min") from error
                if not told:
                    log.warning("%s is busy: another program is writing to it; waiting for it", DATABASE)
                    told = True


def _as_the_umask_says(path: Path) -> None:
    """Create the file, so that others may read and write it as other files of the user; SQLite would not let them."""
    if not path.exists():
        path.touch()


def connect(path: Path) -> sqlite3.Connection:
    """A connection for one thread, with rows by column name; transactions are the caller's.

    The schema is brought up to date. Raises NewerResults, NotOurs, DatabaseBusy, OSError or sqlite3.Error.
    """
    _as_the_umask_says(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=_ASK_EVERY_S, factory=_Patient)
    connection.row_factory = sqlite3.Row
    try:
        bring_up_to_date(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written within, or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


def note_change(connection: sqlite3.Connection) -> None:
    """Count a change of what the tables show; to be called in the transaction that makes it."""
    connection.execute("INSERT INTO run VALUES ('changes', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1")
