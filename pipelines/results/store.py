"""results.sqlite: the truth of a results folder, one transaction a film."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from radcaliper.pipelines.results import joined
from radcaliper.pipelines.results.database import connect, note_change, transaction
from radcaliper.pipelines.results.rows import COLUMNS, FilmRows, Row
from radcaliper.pipelines.results.schema import AUTOMATIC, BESIDES


def _insert_into(table: str) -> str:
    columns = (*AUTOMATIC[table], *BESIDES.get(table, ()))
    named = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({named}) VALUES ({', '.join('?' * len(columns))})"


def _shown_automatic(table: str, columns: Sequence[str]) -> str:
    """A query for a table as it is where nothing was signed."""
    kept = (*AUTOMATIC[table], *BESIDES.get(table, ()))
    shown = ", ".join(f'"{column}"' if column in kept else f'NULL AS "{column}"' for column in columns)
    return f"SELECT {shown} FROM {table}"


_INSERTS: Final = {table: _insert_into(table) for table in AUTOMATIC}


@dataclass(frozen=True)
class Source:
    """Where a film's file is: ``path`` as the user gave it; a relative one counts from ``base``.

    ``base`` is the folder that the run was started in, as seen from the results folder. ``stamp`` tells whether the
    file may have changed since, without reading it; empty where that is not known. ``path`` is None where the results
    are not to say where the film is.
    """

    path: Path | None
    base: str = ""
    stamp: str = ""

    def found(self, out: Path) -> Path | None:
        """The path as it is reached from here; ``out`` is the results folder, without links on its way."""
        if self.path is None or self.path.is_absolute():
            return self.path
        return Path(os.path.normpath(out / self.base / self.path))


@dataclass(frozen=True)
class Known:
    """What is known of a film that was measured: of which content, how (empty: not to be relied on), its files."""

    sha256: str
    fingerprint: str
    status: str
    pictures: tuple[str, ...] | None
    """None where it was not written down which there are."""
    source: Source = Source(None)
    missing: bool = False
    """Whether its file was not there when it was last looked for."""


def _stored(path: Path | None) -> str | bytes | None:
    """A path as SQLite can hold it: as text, or as bytes where it is not UTF-8."""
    if path is None:
        return None
    try:
        return str(path).encode("utf-8").decode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)


def _source(row: sqlite3.Row) -> Source:
    """The source in a row of sources."""
    path = Path(os.fsdecode(row["path"])) if row["path"] else None
    return Source(path, row["base"] or "", row["stamp"] or "")


def _summary(rows: FilmRows) -> Row:
    """What a worklist shows of a film; a structure that was not seen has no quality to be lowest."""
    seen = [row for row in rows.structures if row.get("area_px") != 0]
    qualities = [row["quality"] for row in seen if isinstance(row.get("quality"), (int, float))]
    values: dict[str, list[Any]] = {}
    for row in rows.measurements:
        if row.get("value") is not None:
            values.setdefault(str(row["measurement"]), []).append(row["value"])
    return {"lowest_quality": min(qualities, default=None), "measured_values": json.dumps(values)}  # type: ignore[type-var]


class ResultStore:
    """The database of one results folder; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)

    def _insert(self, table: str, rows: Iterable[Row]) -> None:
        columns = (*AUTOMATIC[table], *BESIDES.get(table, ()))
        cells = [tuple(map(row.get, columns)) for row in rows]
        self._connection.executemany(_INSERTS[table], cells)

    def _remove_rows(self, image: str) -> None:
        for table in AUTOMATIC:
            self._connection.execute(f"DELETE FROM {table} WHERE image = ?", (image,))

    def save(
        self, rows: FilmRows, fingerprint: str, pictures: Iterable[str] = (), source: Source | None = None
    ) -> None:
        """Put one film's rows in place of whatever stood for it, completely or not at all; what was signed stays."""
        image = str(rows.image["image"])
        besides: Row = {"fingerprint": fingerprint, "pictures": json.dumps(list(pictures))}
        with transaction(self._connection):
            self._remove_rows(image)
            self._insert("images", [rows.image | besides | _summary(rows)])
            for table in ("structures", "measurements", "landmarks"):
                self._insert(table, getattr(rows, table))
            if source is not None:
                self._write_sources({image: source})
            note_change(self._connection)

    def remove(self, image: str) -> None:
        """Forget a film that was measured; what was signed of it stays."""
        with transaction(self._connection):
            self._remove_rows(image)
            self._connection.execute("DELETE FROM sources WHERE image = ?", (image,))
            note_change(self._connection)

    def known(self, image: str) -> Known | None:
        """What is known of a film; None for one that was never measured."""
        query = (
            "SELECT sha256, fingerprint, status, pictures, path, base, stamp, missing"
            " FROM images LEFT JOIN sources USING (image) WHERE image = ?"
        )
        row = self._connection.execute(query, (image,)).fetchone()
        if row is None:
            return None
        return Known(
            row["sha256"] or "",
            row["fingerprint"] or "",
            row["status"],
            None if row["pictures"] is None else tuple(json.loads(row["pictures"])),
            _source(row),
            bool(row["missing"]),
        )

    def count(self) -> int:
        """How many films are there."""
        return int(self._connection.execute("SELECT count(*) FROM images").fetchone()[0])

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of one of the four tables; those of images name the patient where films have pseudonyms."""
        of_patients = "SELECT EXISTS (SELECT 1 FROM images WHERE patient IS NOT NULL)"
        if table == "images" and self._connection.execute(of_patients).fetchone()[0]:
            return (*COLUMNS[table], "patient")
        return COLUMNS[table]

    def cells(self, table: str) -> Iterator[sqlite3.Row]:
        """The rows of one of the four tables, one after another: the cells of its columns, by image.

        Corrections stand beside the values. Nothing may be written until the last row was taken.
        """
        if table != "measurements":
            return iter(self._connection.execute(joined.table(table, self.columns(table))))
        if not self.anything_signed():
            return iter(
                self._connection.execute(f"{_shown_automatic(table, self.columns(table))} ORDER BY image, rowid")
            )
        rows, found = (self._connection.execute(query) for query in (joined.MEASUREMENTS, joined.FOUND_IN_REVIEW))
        return merge(rows, found, key=itemgetter(0))

    def anything_signed(self) -> bool:
        """Whether a person signed anything in these results."""
        signed = "SELECT EXISTS (SELECT 1 FROM reviews WHERE decision != 'draft')"
        return bool(self._connection.execute(signed).fetchone()[0])

    def rows(self, table: str) -> Iterator[Row]:
        """As ``cells``, by column name."""
        return map(dict, self.cells(table))

    def automatic_cells(self, table: str, image: str) -> list[sqlite3.Row]:
        """As ``cells``, of a film of which nothing was ever signed."""
        query = f"{_shown_automatic(table, self.columns(table))} WHERE image = ? ORDER BY rowid"
        return self._connection.execute(query, (image,)).fetchall()

    def numbers(self) -> list[tuple[str, str, str, str]]:
        """(measurement, site, method, unit) of all numbers that some film has, sorted."""
        query = "SELECT DISTINCT measurement, site, method, unit FROM measurements WHERE unit IS NOT NULL"
        signed = "SELECT DISTINCT measurement, site, method, unit FROM corrections WHERE unit NOT IN ('', '?')"
        return sorted(tuple(row) for row in self._connection.execute(f"{query} UNION {signed}"))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within, every query sees the same state, whatever other programs write meanwhile."""
        if self._connection.in_transaction:  # one around this one
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def _write_sources(self, sources: Mapping[str, Source]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO sources (image, path, base, missing, stamp) VALUES (?, ?, ?, 0, ?)",
            [(image, _stored(source.path), source.base, source.stamp) for image, source in sources.items()],
        )

    def write_sources(self, sources: Mapping[str, Source]) -> None:
        """Keep where films lie, by image name, so that a viewer can show them."""
        with transaction(self._connection):
            self._write_sources(sources)
            note_change(self._connection)

    def sources(self) -> Iterator[tuple[str, Source, bool]]:
        """Every film with its source, and whether its file was missing; in no order."""
        for row in self._connection.execute("SELECT image, path, base, stamp, missing FROM sources"):
            yield row["image"], _source(row), bool(row["missing"])

    def source_of(self, image: str) -> Source:
        """Where a film lies."""
        query = "SELECT path, base, stamp FROM sources WHERE image = ?"
        row = self._connection.execute(query, (image,)).fetchone()
        return Source(None) if row is None else _source(row)

    def mark_missing(self, images: Iterable[str], missing: bool) -> None:
        """Say of films that their file is gone, or is there again."""
        changed = [(int(missing), image) for image in images]
        if not changed:
            return
        with transaction(self._connection):
            self._connection.executemany("UPDATE sources SET missing = ? WHERE image = ?", changed)
            note_change(self._connection)

    def to_prune(self) -> list[str]:
        """The films whose file is gone, and of which nothing was signed or drafted."""
        query = "SELECT image FROM sources WHERE missing AND image NOT IN (SELECT image FROM reviews) ORDER BY image"
        return [row["image"] for row in self._connection.execute(query)]

    def stale(self) -> set[str]:
        """The films with something signed that belongs to another file, unit or pixel spacing than stand there."""
        return {row[0] for row in self._connection.execute(joined.STALE_IMAGES)}

    def commonest_reasons(self, count: int) -> tuple[tuple[str, int], ...]:
        """The reasons that most films have, with how many have each."""
        cells = self._connection.execute("SELECT reasons FROM images WHERE reasons != ''")
        return tuple(Counter(code for (reasons,) in cells for code in reasons.split(";")).most_common(count))

    def lowest_quality(self, count: int) -> tuple[str, ...]:
        """The films left for review whose worst mask has the lowest predicted Dice, the worst first."""
        query = (
            "SELECT image FROM images WHERE status = 'review' AND lowest_quality IS NOT NULL"
            " ORDER BY lowest_quality, image LIMIT ?"
        )
        return tuple(image for (image,) in self._connection.execute(query, (count,)))

    def counting_reviews(self) -> list[tuple[str, ...]]:
        """(image, decision, reviewer, reviewed_at, comment, reasons) of each film's review that counts, by image."""
        return [
            (row["image"], row["decision"], row["reviewer"], row["reviewed_at"], row["comment"] or "",
             joined.STALE if row["stale"] else "")
            for row in self._connection.execute(joined.COUNTING_REVIEWS)
        ]  # fmt: skip

    def corrected_landmarks(self) -> list[tuple[str, str, float | None, float | None]]:
        """(image, landmark, row, col) of every landmark that the corrections that count have moved or added, by image.

        One that was removed has neither row nor col.
        """
        query = (
            'SELECT image, landmark, "row", "col" FROM (SELECT * FROM review_landmarks'
            " UNION ALL SELECT review, landmark, NULL, NULL FROM review_removed)"
            f" JOIN ({joined.COUNTING_REVIEWS}) AS counts ON review = counts.id"
            " WHERE decision = 'corrected' AND NOT stale ORDER BY image, landmark"
        )
        return [tuple(row) for row in self._connection.execute(query)]

    def corrected_structures(self) -> dict[str, set[str]]:
        """The structures whose masks a review that counts has corrected, by image; of every film that was signed."""
        query = (
            f"SELECT image, CASE WHEN decision = 'corrected' AND NOT stale THEN structure END AS structure"
            f" FROM ({joined.COUNTING_REVIEWS}) AS counts LEFT JOIN review_masks ON review = counts.id"
        )
        found: dict[str, set[str]] = defaultdict(set)
        for image, structure in self._connection.execute(query):
            found[image].update([structure] if structure else [])
        return dict(found)

    def corrected_masks(self, image: str) -> dict[str, bytes]:
        """The masks (PNG) of the correction that counts for a film, by structure."""
        if self._connection.execute("SELECT 1 FROM reviews WHERE image = ? LIMIT 1", (image,)).fetchone() is None:
            return {}  # of most films nothing was signed
        query = (
            f"SELECT structure, png FROM ({joined.COUNTING_REVIEWS}) AS counts JOIN review_masks ON review = counts.id"
            " WHERE image = ? AND decision = 'corrected' AND NOT stale"
        )
        return {row["structure"]: row["png"] for row in self._connection.execute(query, (image,))}

    def changes(self) -> int:
        """How often what the tables show was changed so far."""
        row = self._connection.execute("SELECT value FROM run WHERE key = 'changes'").fetchone()
        return 0 if row is None else int(row["value"])

    def write_run(self, facts: dict[str, Any]) -> None:
        """Keep what is known of the last run."""
        self.write_fact("run", facts)

    def read_run(self) -> dict[str, Any]:
        """What was kept of the last run; empty before one."""
        return self.read_fact("run")

    def write_holder(self, holder: dict[str, Any]) -> None:
        """Keep who is measuring into the folder."""
        self.write_fact("holder", holder)

    def read_holder(self) -> dict[str, Any]:
        """Who is measuring into the folder, or was the last to."""
        return self.read_fact("holder")

    def write_fact(self, key: str, facts: dict[str, Any]) -> None:
        """Keep something about the whole folder."""
        with transaction(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (key, json.dumps(facts)))

    def read_fact(self, key: str) -> dict[str, Any]:
        """What was kept about the whole folder; empty for nothing."""
        row = self._connection.execute("SELECT value FROM run WHERE key = ?", (key,)).fetchone()
        return {} if row is None else dict(json.loads(row["value"]))

    def close(self) -> None:
        """Fold the journal into the database file, as far as the disk allows it, and close it."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()
