"""results.sqlite: the truth of a results folder, one transaction a film."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from radcaliper.pipelines.rows import COLUMNS, REVIEW_COLUMNS, FilmRows, Row

_KEYS: Final = {
    "images": ("image",),
    "structures": ("image", "structure"),
    "measurements": ("image", "measurement", "site", "method"),
    "landmarks": ("image", "landmark"),
}
_AUTOMATIC: Final = {table: tuple(c for c in columns if c not in REVIEW_COLUMNS) for table, columns in COLUMNS.items()}


def _schema() -> Iterator[str]:
    for table, columns in _AUTOMATIC.items():
        names = ", ".join(f'"{column}"' for column in columns)
        extra = ', "fingerprint"' if table == "images" else ""
        yield f"CREATE TABLE IF NOT EXISTS {table} ({names}{extra}, PRIMARY KEY ({', '.join(_KEYS[table])}))"
    key = ", ".join(_KEYS["measurements"])
    yield f"CREATE TABLE IF NOT EXISTS corrections ({key}, {', '.join(REVIEW_COLUMNS)}, PRIMARY KEY ({key}))"
    yield "CREATE TABLE IF NOT EXISTS run (key PRIMARY KEY, value)"


class ResultStore:
    """The database of one results folder; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            for statement in _schema():
                self._connection.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _insert(self, table: str, row: Row) -> None:
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))

    def save(self, rows: FilmRows, fingerprint: str) -> None:
        """Put one film's rows in place of whatever stood for it, completely or not at all."""
        image = rows.image["image"]
        with self._transaction():
            for table in _AUTOMATIC:
                self._connection.execute(f"DELETE FROM {table} WHERE image = ?", (image,))
            self._insert("images", rows.image | {"fingerprint": fingerprint})
            for table in ("structures", "measurements", "landmarks"):
                for row in getattr(rows, table):
                    self._insert(table, row)

    def forget_films(self) -> None:
        """Delete all automatic rows; corrections made by people stay."""
        with self._transaction():
            for table in _AUTOMATIC:
                self._connection.execute(f"DELETE FROM {table}")

    def fingerprints(self) -> dict[str, str]:
        """What each film that is there was measured from and with."""
        return {
            row["image"]: row["fingerprint"]
            for row in self._connection.execute("SELECT image, fingerprint FROM images")
        }

    def rows(self, table: str) -> list[Row]:
        """All rows of one of the four tables in the contract's columns, by image; corrections beside the values."""
        joined = f"LEFT JOIN corrections USING ({', '.join(_KEYS[table])})" if table == "measurements" else ""
        columns = ", ".join(f'"{column}"' for column in COLUMNS[table])
        query = f"SELECT {columns} FROM {table} {joined} ORDER BY image, {table}.rowid"
        return [dict(row) for row in self._connection.execute(query)]

    def write_run(self, facts: dict[str, Any]) -> None:
        """Keep what is known of the last run."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO run VALUES ('run', ?)", (json.dumps(facts),))

    def read_run(self) -> dict[str, Any]:
        """What was kept of the last run; empty before one."""
        row = self._connection.execute("SELECT value FROM run WHERE key = 'run'").fetchone()
        return {} if row is None else dict(json.loads(row["value"]))

    def close(self) -> None:
        """Fold the journal into the database file and close it."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
