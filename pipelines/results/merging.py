"""Results folders put together: those of a run's shards, or of several rooms."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from radcaliper.pipelines.results.database import DATABASE, connect, note_change, transaction
from radcaliper.pipelines.results.pictures import pictures_of, remove_pictures
from radcaliper.pipelines.results.schema import AUTOMATIC

_REVIEW_PARTS: Final = ("review_masks", "review_landmarks", "review_ends", "corrections")
_SOURCE: Final = "source"
"""The name of the database that is merged, beside the one that it is merged into."""


class CannotMerge(ValueError):
    """Folders that do not go together; the message is one line, and nothing was written."""


@dataclass(frozen=True)
class Merged:
    """How many films, and how many signed reviews or drafts, came from the folders."""

    films: int
    reviews: int


@contextmanager
def _attached(connection: sqlite3.Connection, folder: Path) -> Iterator[None]:
    """Within, the database of a folder is there as well."""
    connection.execute(f"ATTACH ? AS {_SOURCE}", (str(folder / DATABASE),))
    try:
        yield
    finally:
        connection.execute(f"DETACH {_SOURCE}")


def _columns(connection: sqlite3.Connection, table: str) -> str:
    return ", ".join(f'"{row["name"]}"' for row in connection.execute(f"PRAGMA table_info({table})"))


def _clashes(connection: sqlite3.Connection) -> list[str]:
    """Films of the name of one that was seen before, but not of its content; all are seen then."""
    query = (
        f"SELECT image FROM seen JOIN {_SOURCE}.images AS there USING (image)"
        " WHERE seen.sha256 != there.sha256 ORDER BY image"
    )
    found = [row["image"] for row in connection.execute(query)]
    connection.execute(f"INSERT OR IGNORE INTO seen SELECT image, sha256 FROM {_SOURCE}.images")
    return found


def _check(connection: sqlite3.Connection, folder: Path) -> None:
    """Raise CannotMerge where a folder does not go with those before it."""
    if clashes := _clashes(connection):
        named = ", ".join(clashes[:3]) + (f" and {len(clashes) - 3} more" if len(clashes) > 3 else "")
        raise CannotMerge(f"{folder} has other films of the same names than the folders before it: {named}")
    namings = connection.execute(f"SELECT value FROM {_SOURCE}.run WHERE key = 'naming'")
    connection.execute("INSERT OR IGNORE INTO namings VALUES (?)", (next((row["value"] for row in namings), ""),))
    if connection.execute("SELECT count(*) FROM namings").fetchone()[0] > 1:
        raise CannotMerge(f"{folder} names its films by another key than the folders before it, or by none")


def _missing_here(connection: sqlite3.Connection) -> list[str]:
    query = f"SELECT image FROM {_SOURCE}.images WHERE image NOT IN (SELECT image FROM main.images) ORDER BY image"
    return [row["image"] for row in connection.execute(query)]


def _copy_pictures(image: str, folder: Path, into: Path) -> None:
    """Masks and overlay of a film, as links to the same files where the disk allows it."""
    remove_pictures(into, image)
    for place in pictures_of(folder, image):
        target = into / place
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / place, target)
        except OSError:
            shutil.copyfile(folder / place, target)


def _copy_rows(connection: sqlite3.Connection) -> None:
    """The rows of films that are not here yet, and where they lie."""
    new = f"image IN (SELECT image FROM {_SOURCE}.images EXCEPT SELECT image FROM main.images)"
    for table in (*(table for table in AUTOMATIC if table != "images"), "sources", "images"):
        columns = _columns(connection, table)
        query = f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM {_SOURCE}.{table} WHERE {new}"
        connection.execute(f"{query} ORDER BY rowid")


def _rebase_sources(connection: sqlite3.Connection, images: Sequence[str], folder: Path, into: Path) -> None:
    """Let relative places of films count from the folder that they are in now."""
    moved = os.path.relpath(folder.resolve(), into.resolve())
    for image in images:
        row = connection.execute("SELECT base FROM main.sources WHERE image = ?", (image,)).fetchone()
        if row is not None and row["base"]:
            base = os.path.normpath(Path(moved) / row["base"])
            connection.execute("UPDATE main.sources SET base = ? WHERE image = ?", (base, image))


def _new_reviews(connection: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """The reviews that are not here yet, oldest first."""
    same = ("image", "sha256", "decision", "reviewer", "reviewed_at")
    alike = " AND ".join(f"here.{column} IS there.{column}" for column in same)
    query = (
        f"SELECT * FROM {_SOURCE}.reviews AS there"
        f" WHERE NOT EXISTS (SELECT 1 FROM main.reviews AS here WHERE {alike}) ORDER BY reviewed_at, id"
    )
    yield from connection.execute(query).fetchall()


def _copy_review(connection: sqlite3.Connection, review: sqlite3.Row) -> None:
    facts = {key: review[key] for key in review.keys() if key != "id"}  # noqa: SIM118  a row yields values
    columns, marks = ", ".join(facts), ", ".join("?" * len(facts))
    number = connection.execute(
        f"INSERT INTO main.reviews ({columns}) VALUES ({marks})", tuple(facts.values())
    ).lastrowid
    for table in _REVIEW_PARTS:
        others = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})") if row["name"] != "review"]
        named = ", ".join(f'"{column}"' for column in others)
        query = f"INSERT INTO main.{table} (review, {named}) SELECT ?, {named} FROM {_SOURCE}.{table} WHERE review = ?"
        connection.execute(query, (number, review["id"]))


def _merge_one(connection: sqlite3.Connection, folder: Path, into: Path) -> Merged:
    images = _missing_here(connection)
    for image in images:
        _copy_pictures(image, folder, into)
    with transaction(connection):
        _copy_rows(connection)
        _rebase_sources(connection, images, folder, into)
        reviews = list(_new_reviews(connection))
        for review in reviews:
            _copy_review(connection, review)
        naming = "INSERT OR IGNORE INTO main.run SELECT key, value FROM source.run WHERE key IN ('naming', 'run')"
        connection.execute(naming)
        note_change(connection)
    return Merged(len(images), len(reviews))


def merge_results(folders: Sequence[Path], into: Path) -> Merged:
    """Put the results of ``folders`` into ``into``: films that it does not have, and what was signed.

    A film that is in several folders is taken from the first. Raises CannotMerge, before anything is written, where
    different films have one name; OSError or sqlite3.Error.
    """
    for folder in folders:
        connect(folder / DATABASE).close()  # brings older folders up to date
    with closing(connect(into / DATABASE)) as connection:
        connection.execute("CREATE TEMP TABLE seen (image PRIMARY KEY, sha256) WITHOUT ROWID")
        connection.execute("CREATE TEMP TABLE namings (value PRIMARY KEY)")
        for folder in (into, *folders):
            with _attached(connection, folder):
                _check(connection, folder)
        merged = []
        for folder in folders:
            with _attached(connection, folder):
                merged.append(_merge_one(connection, folder, into))
    return Merged(sum(each.films for each in merged), sum(each.reviews for each in merged))
