"""results.sqlite: the truth of a results folder, one transaction a film."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from radcaliper.pipelines.results.database import connect, transaction
from radcaliper.pipelines.results.rows import COLUMNS, REVIEW_COLUMNS, FilmRows, Row

_KEYS: Final = {
    "images": ("image",),
    "structures": ("image", "structure"),
    "measurements": ("image", "measurement", "site", "method"),
    "landmarks": ("image", "landmark"),
}
_AUTOMATIC: Final = {table: tuple(c for c in columns if c not in REVIEW_COLUMNS) for table, columns in COLUMNS.items()}


CORRECTED_DETAILS: Final = (
    f"CREATE TABLE IF NOT EXISTS corrected_details ({', '.join(_KEYS['measurements'])}, corrected_details,"
    f" PRIMARY KEY ({', '.join(_KEYS['measurements'])}))"
)
"""The details that a correction changed, by number; they are written behind the automatic ones."""
_DETAILS: Final = "trim(coalesce(details, '') || ';' || coalesce(corrected_details, ''), ';') AS details"


def _schema() -> Iterator[str]:
    for table, columns in _AUTOMATIC.items():
        names = ", ".join(f'"{column}"' for column in columns)
        extra = ', "fingerprint"' if table == "images" else ""
        yield f"CREATE TABLE IF NOT EXISTS {table} ({names}{extra}, PRIMARY KEY ({', '.join(_KEYS[table])}))"
    key = ", ".join(_KEYS["measurements"])
    yield f"CREATE TABLE IF NOT EXISTS corrections ({key}, {', '.join(REVIEW_COLUMNS)}, PRIMARY KEY ({key}))"
    yield CORRECTED_DETAILS
    yield "CREATE TABLE IF NOT EXISTS run (key PRIMARY KEY, value)"
    yield "CREATE TABLE IF NOT EXISTS sources (image PRIMARY KEY, path)"


def _found_in_review() -> str:
    """The query for corrections that have no automatic row, as of a curve that only the reviewer's corners show."""
    given = {"status": "'refused'", "reasons": "'found_in_review'", "class": "''", "points": "''"}
    given["details"] = "coalesce(corrected_details, '')"
    own = (*_KEYS["measurements"], *REVIEW_COLUMNS)
    columns = ", ".join(
        f'"{column}"' if column in own else f'{given.get(column, "NULL")} AS "{column}"'
        for column in COLUMNS["measurements"]
    )
    join = f"LEFT JOIN corrected_details USING ({', '.join(_KEYS['measurements'])})"
    key = " AND ".join(f"automatic.{column} = corrections.{column}" for column in _KEYS["measurements"])
    return (
        f"SELECT {columns} FROM corrections {join} WHERE corrected_value IS NOT NULL"
        " AND image IN (SELECT image FROM measurements)"
        f" AND NOT EXISTS (SELECT 1 FROM measurements AS automatic WHERE {key})"
    )


class ResultStore:
    """The database of one results folder; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        with transaction(self._connection):
            for statement in _schema():
                self._connection.execute(statement)

    def _insert(self, table: str, row: Row) -> None:
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))

    def save(self, rows: FilmRows, fingerprint: str) -> None:
        """Put one film's rows in place of whatever stood for it, completely or not at all."""
        image = rows.image["image"]
        with transaction(self._connection):
            for table in _AUTOMATIC:
                self._connection.execute(f"DELETE FROM {table} WHERE image = ?", (image,))
            self._insert("images", rows.image | {"fingerprint": fingerprint})
            for table in ("structures", "measurements", "landmarks"):
                for row in getattr(rows, table):
                    self._insert(table, row)

    def forget_films(self) -> None:
        """Delete all automatic rows; corrections made by people stay."""
        with transaction(self._connection):
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
        corrected, joined = table == "measurements", ""
        columns = [f'"{column}"' for column in COLUMNS[table]]
        if corrected:
            beside = f"USING ({', '.join(_KEYS[table])})"
            joined = f"LEFT JOIN corrections {beside} LEFT JOIN corrected_details {beside}"
            columns = [_DETAILS if column == '"details"' else column for column in columns]
        query = f"SELECT {', '.join(columns)} FROM {table} {joined} ORDER BY image, {table}.rowid"
        found = [dict(row) for row in self._connection.execute(query)]
        if corrected:
            found += [dict(row) for row in self._connection.execute(_found_in_review())]
            found.sort(key=lambda row: str(row["image"]))
        return found

    def write_sources(self, paths: Mapping[str, Path]) -> None:
        """Keep where each film lies, by its image name, so that a viewer can show it."""
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO sources VALUES (?, ?)",
                [(image, str(path.resolve())) for image, path in paths.items()],
            )

    def write_run(self, facts: dict[str, Any]) -> None:
        """Keep what is known of the last run."""
        with transaction(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO run VALUES ('run', ?)", (json.dumps(facts),))

    def read_run(self) -> dict[str, Any]:
        """What was kept of the last run; empty before one."""
        row = self._connection.execute("SELECT value FROM run WHERE key = 'run'").fetchone()
        return {} if row is None else dict(json.loads(row["value"]))

    def close(self) -> None:
        """Fold the journal into the database file and close it."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
