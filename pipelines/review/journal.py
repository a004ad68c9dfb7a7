"""What reviewers decided, in results.sqlite: signed reviews are only ever added to, drafts are their own reviewer's.

A film's latest signed review is the one that counts. ``corrections``, which joins measurements.csv, follows it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from radcaliper.measurements.types import Mask, Point
from radcaliper.pipelines.results.database import connect, transaction
from radcaliper.pipelines.results.rows import format_details
from radcaliper.pipelines.results.store import CORRECTED_DETAILS
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import ReviewedMeasurement

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS reviews"
    " (id INTEGER PRIMARY KEY, image, sha256, decision, reviewer, reviewed_at, comment)",
    "CREATE TABLE IF NOT EXISTS review_masks (review, structure, png, PRIMARY KEY (review, structure))",
    'CREATE TABLE IF NOT EXISTS review_landmarks (review, landmark, "row", "col", PRIMARY KEY (review, landmark))',
    "CREATE INDEX IF NOT EXISTS reviews_by_image ON reviews (image)",
    "CREATE TABLE IF NOT EXISTS review_ends (review, site, upper, lower, PRIMARY KEY (review, site))",
    CORRECTED_DETAILS,
)
_COUNTING: Final = "SELECT max(id) FROM reviews WHERE decision != 'draft' GROUP BY image"


class Decision(StrEnum):
    """What a reviewer makes of a film."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class ReviewConflict(RuntimeError):
    """Another person signed the film after it was opened here; nothing was written."""


@dataclass(frozen=True, eq=False)
class Review:
    """One review as it is kept; ``number`` is above zero once it is, and grows with time."""

    image: str
    sha256: str
    decision: Decision
    reviewer: str
    comment: str = ""
    edits: Edits = field(default_factory=Edits)
    reviewed_at: str = ""
    number: int = 0


def encoded_mask(mask: Mask) -> bytes:
    """A mask as PNG, 0/255."""
    return bytes(cv2.imencode(".png", mask.astype(np.uint8) * 255, (cv2.IMWRITE_PNG_COMPRESSION, 1))[1].tobytes())


def _decoded_mask(png: bytes) -> Mask:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) > 127)


class Journal:
    """The reviews of one results folder; used from one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'review_ends'").fetchone() is None:
            with transaction(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)

    def _edits(self, number: int) -> Edits:
        masks = self._connection.execute("SELECT structure, png FROM review_masks WHERE review = ?", (number,))
        points = self._connection.execute(
            'SELECT landmark, "row", "col" FROM review_landmarks WHERE review = ?', (number,)
        )
        ends = self._connection.execute("SELECT site, upper, lower FROM review_ends WHERE review = ?", (number,))
        return Edits(
            {row["structure"]: _decoded_mask(row["png"]) for row in masks},
            {row["landmark"]: Point(row["row"], row["col"]) for row in points},
            {row["site"]: (row["upper"], row["lower"]) for row in ends},
        )

    def _review(self, row: sqlite3.Row | None) -> Review | None:
        if row is None:
            return None
        facts = (row["image"], row["sha256"], Decision(row["decision"]), row["reviewer"], row["comment"])
        return Review(*facts, self._edits(row["id"]), row["reviewed_at"], row["id"])

    def signed(self, image: str) -> Review | None:
        """The film's latest signed review."""
        query = "SELECT * FROM reviews WHERE image = ? AND decision != 'draft' ORDER BY id DESC LIMIT 1"
        return self._review(self._connection.execute(query, (image,)).fetchone())

    def draft(self, image: str, reviewer: str) -> Review | None:
        """The reviewer's unsigned edits of the film, as the last one left them."""
        query = "SELECT * FROM reviews WHERE image = ? AND decision = 'draft' AND reviewer = ?"
        return self._review(self._connection.execute(query, (image, reviewer)).fetchone())

    def decisions(self) -> dict[str, Decision]:
        """The latest signed decision of every film that has one."""
        query = "SELECT image, decision FROM reviews WHERE decision != 'draft' ORDER BY id"
        return {row["image"]: Decision(row["decision"]) for row in self._connection.execute(query)}

    def signed_reviews(self) -> list[tuple[str, ...]]:
        """(image, decision, reviewer, reviewed_at, comment) of every film's review that counts, by image."""
        query = f"SELECT image, decision, reviewer, reviewed_at, comment FROM reviews WHERE id IN ({_COUNTING})"
        return [tuple(row) for row in self._connection.execute(f"{query} ORDER BY image")]

    def signed_landmarks(self) -> list[tuple[str, str, Point]]:
        """(image, landmark, place) of every landmark that the corrections that count have moved, by image."""
        query = (
            'SELECT image, landmark, "row", "col" FROM review_landmarks JOIN reviews ON review = id'
            f" WHERE id IN ({_COUNTING}) AND decision = 'corrected' ORDER BY image, landmark"
        )
        return [(row[0], row[1], Point(row[2], row[3])) for row in self._connection.execute(query)]

    def _forget_draft(self, image: str, reviewer: str) -> None:
        own = "SELECT id FROM reviews WHERE image = ? AND reviewer = ? AND decision = 'draft'"
        parts = ("review_masks", "review_landmarks", "review_ends")
        for table, column in (*((part, "review") for part in parts), ("reviews", "id")):
            self._connection.execute(f"DELETE FROM {table} WHERE {column} IN ({own})", (image, reviewer))

    def _add(self, review: Review, at: str) -> int:
        facts = (review.image, review.sha256, review.decision.value, review.reviewer, at, review.comment)
        number = self._connection.execute(
            "INSERT INTO reviews (image, sha256, decision, reviewer, reviewed_at, comment) VALUES (?, ?, ?, ?, ?, ?)",
            facts,
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO review_masks VALUES (?, ?, ?)",
            [(number, name, encoded_mask(mask)) for name, mask in review.edits.masks.items()],
        )
        self._connection.executemany(
            "INSERT INTO review_landmarks VALUES (?, ?, ?, ?)",
            [(number, name, *point) for name, point in review.edits.points.items()],
        )
        self._connection.executemany(
            "INSERT INTO review_ends VALUES (?, ?, ?, ?)",
            [(number, site, *ends) for site, ends in review.edits.ends.items()],
        )
        return int(number or 0)

    def _correct(self, review: Review, at: str, measurements: Sequence[ReviewedMeasurement]) -> None:
        for table in ("corrections", "corrected_details"):
            self._connection.execute(f"DELETE FROM {table} WHERE image = ?", (review.image,))
        details = [(review.image, *each.now.key, _details(review, each)) for each in measurements]
        told = [row for row in details if row[-1]]
        self._connection.executemany("INSERT INTO corrected_details VALUES (?, ?, ?, ?, ?)", told)
        rows = [
            (review.image, *each.now.key, _value(review, each), review.reviewer, at, _words(review, each))
            for each in measurements
        ]
        self._connection.executemany("INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def save_draft(self, review: Review) -> None:
        """Keep a reviewer's unsigned edits in place of their earlier ones; no edits leave no draft."""
        with transaction(self._connection):
            self._forget_draft(review.image, review.reviewer)
            if review.edits:
                self._add(review, _now())

    def sign(self, review: Review, measurements: Sequence[ReviewedMeasurement], seen: int) -> int:
        """Add a signed review and its corrected values, and end the draft, all or nothing; returns its number.

        ``seen`` is the number of the signed review that the reviewer was shown, 0 for none. Raises ReviewConflict
        where there is a later one.
        """
        with transaction(self._connection):
            latest = self.signed(review.image)
            if latest is not None and latest.number != seen:
                told = (
                    f"{latest.reviewer} {latest.decision} {review.image} after you opened it, at {latest.reviewed_at}"
                )
                raise ReviewConflict(f"{told}: open it again to see that, and to sign; your edits are kept")
            self._forget_draft(review.image, review.reviewer)
            at = _now()
            number = self._add(review, at)
            self._correct(review, at, measurements)
        return number


def _value(review: Review, measurement: ReviewedMeasurement) -> float | None:
    """The corrected value; a rejected film keeps its automatic values alone."""
    return None if review.decision is Decision.REJECTED else measurement.corrected_value


def _details(review: Review, measurement: ReviewedMeasurement) -> str:
    """The details that differ from the automatic ones, as ``corrected_<key>``; empty where none does."""
    if review.decision is Decision.REJECTED:
        return ""
    was = {} if measurement.automatic is None else measurement.automatic.details
    return format_details(
        {f"corrected_{key}": value for key, value in measurement.now.details.items() if was.get(key) != value}
    )


def _words(review: Review, measurement: ReviewedMeasurement) -> str:
    """The comment of a number's row: that the film is rejected; the reviewer's words; why the number is gone."""
    rejected = ("rejected",) if review.decision is Decision.REJECTED else ()
    lost = (
        measurement.now.value is None and measurement.automatic is not None and measurement.automatic.value is not None
    )
    return "; ".join(filter(None, (*rejected, review.comment, *(measurement.now.reasons if lost else ()))))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def open_journal(database: Path) -> Iterator[Journal]:
    """The journal of a results.sqlite, for the length of a task in one thread."""
    with closing(connect(database)) as connection:
        yield Journal(connection)
