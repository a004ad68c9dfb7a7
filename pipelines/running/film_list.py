"""The films of a run in a table on disk, for there may be a million of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final, overload

from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.reading.errors import UnreadableFilm
from radcaliper.pipelines.results.names import overlay_place, spelled

_SUFFIX: Final = 8
"""Digits of the content's hash behind a name that clashes."""
_TABLES: Final = """
PRAGMA journal_mode = OFF;
CREATE TABLE films (position INTEGER PRIMARY KEY, image TEXT, base TEXT, path BLOB, real BLOB UNIQUE, overlay TEXT);
CREATE TABLE folders (place TEXT PRIMARY KEY) WITHOUT ROWID;
"""
"""``base`` is a name before equal films were numbered, and NULL as long as it is not settled; ``folders`` holds those
of all overlays."""
_CLASHING: Final = """
UPDATE films SET base = NULL WHERE overlay IN (SELECT place FROM folders)
OR image IN (SELECT image FROM films GROUP BY image HAVING count(*) > 1)
"""
"""Names of several files, and those whose overlay would take the place of a folder of other overlays."""


@dataclass(frozen=True)
class FilmFile:
    """One file to measure: its name in the results, and where it is, as the user gave it."""

    image: str
    path: Path


def _content_hash(path: Path) -> str:
    """The first digits of the hash of a file's content, or of its path where it cannot be read: its row will say so."""
    try:
        with as_file(path) as file:
            return sha256(file.read_bytes()).hexdigest()[:_SUFFIX]
    except (OSError, UnreadableFilm):
        return sha256(os.fsencode(path)).hexdigest()[:_SUFFIX]


def _with_hash(film: FilmFile) -> str:
    place = PurePosixPath(film.image)
    named = str(place.with_name(f"{place.stem}_{_content_hash(film.path)}{place.suffix}"))
    return f"./{named}" if film.image.startswith("./") else named


def _in_shard(image: str, index: int, count: int) -> bool:
    """Whether a film belongs to one of ``count`` shards: by its name, whatever other films there are."""
    return int.from_bytes(sha256(image.encode()).digest()[:8]) % count == index


class FilmList(Sequence[FilmFile]):
    """The films of a run in their order, each once and with a name of its own; used from one thread.

    ``files`` are (name, path) pairs. A name that clashes is told by its content; equal films are numbered.
    """

    def __init__(self, files: Iterable[tuple[str, Path]]) -> None:
        self._table = sqlite3.connect("", isolation_level=None)  # a file that goes with the connection
        self._table.executescript(_TABLES)
        self._table.execute("BEGIN")
        for name, path in files:
            self._add(spelled(name), path)
        self._table.execute("COMMIT")
        self._table.execute("CREATE INDEX by_image ON films (image)")
        self._tell_apart()

    def _add(self, image: str, path: Path) -> None:
        overlay = overlay_place(image)
        facts = (image, image, os.fsencode(path), os.fsencode(path.absolute()), overlay)
        insert = "INSERT OR IGNORE INTO films (image, base, path, real, overlay) VALUES (?, ?, ?, ?, ?)"
        self._table.execute(insert, facts)
        folder = overlay
        while folder := folder.rpartition("/")[0]:
            if not self._table.execute("INSERT OR IGNORE INTO folders VALUES (?)", (folder,)).rowcount:
                break  # those above it are there as well

    def _tell_apart(self) -> None:
        self._table.execute(_CLASHING)
        self._table.execute("CREATE INDEX by_base ON films (base)")
        unsettled = self._table.execute("SELECT position FROM films WHERE base IS NULL ORDER BY position").fetchall()
        for (position,) in unsettled:
            base = _with_hash(self._at(position))
            before = self._table.execute("SELECT count(*) FROM films WHERE base = ?", (base,)).fetchone()[0]
            image = f"{base}_{before + 1}" if before else base
            self._table.execute("UPDATE films SET image = ?, base = ? WHERE position = ?", (image, base, position))

    def _at(self, position: int) -> FilmFile:
        found = self._table.execute("SELECT image, path FROM films WHERE position = ?", (position,)).fetchone()
        return FilmFile(found[0], Path(os.fsdecode(found[1])))

    def keep_shard(self, index: int, count: int) -> None:
        """Keep one of ``count`` shards, 0 the first: each film is in one, which depends on its name alone."""
        self._table.create_function("kept", 1, lambda image: _in_shard(image, index, count))
        self._table.execute("DELETE FROM films WHERE NOT kept(image)")

    def keep_first(self, count: int) -> None:
        """Keep the first ``count`` films."""
        last = "(SELECT max(position) FROM (SELECT position FROM films ORDER BY position LIMIT ?))"
        self._table.execute(f"DELETE FROM films WHERE position > {last}", (count,))

    def rename(self, name: Callable[[str], str]) -> None:
        """Give every film another name, by a function that keeps names apart."""
        self._table.create_function("renamed", 1, name)
        self._table.execute("UPDATE films SET image = renamed(image)")

    def __len__(self) -> int:
        return int(self._table.execute("SELECT count(*) FROM films").fetchone()[0])

    def __iter__(self) -> Iterator[FilmFile]:
        for image, path in self._table.execute("SELECT image, path FROM films ORDER BY position"):
            yield FilmFile(image, Path(os.fsdecode(path)))

    @overload
    def __getitem__(self, index: int) -> FilmFile: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[FilmFile, ...]: ...
    def __getitem__(self, index: int | slice) -> FilmFile | tuple[FilmFile, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        place = index if index >= 0 else index + len(self)
        query = "SELECT position FROM films ORDER BY position LIMIT 1 OFFSET ?"
        found = self._table.execute(query, (place,)).fetchone() if place >= 0 else None
        if found is None:
            raise IndexError(index)
        return self._at(found[0])
