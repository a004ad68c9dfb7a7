"""The review journal in results.sqlite: all signed reviews, and each reviewer's drafts.

Signed reviews are added and never changed. The valid review of a film is the latest that was signed on the same file.
The table ``corrections`` holds a review's measurements with the unit and the pixel spacing that they were signed in; it
is joined to measurements.csv.
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

from radcaliper.measurements.region import Region
from radcaliper.measurements.types import PixelSpacing, Point
from radcaliper.pipelines.results.database import connect, note_change, transaction
from radcaliper.pipelines.results.joined import COUNTING_REVIEWS, STALE_IMAGES
from radcaliper.pipelines.results.masks import decoded_mask
from radcaliper.pipelines.results.png import encoded_mask
from radcaliper.pipelines.results.rows import format_details
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import ReviewedMeasurement

_PARTS: Final = ("review_masks", "review_landmarks", "review_ends", "review_removed", "review_levels")


class Decision(StrEnum):
    """What a reviewer decided about a film."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class ReviewConflict(RuntimeError):
    """Another person signed the film after it was opened here; nothing was written."""


@dataclass(frozen=True, eq=False)
class Review:
    """One review; ``number`` is 0 until it is stored, and then larger than those of all earlier reviews."""

    image: str
    sha256: str
    decision: Decision
    reviewer: str
    comment: str = ""
    edits: Edits = field(default_factory=Edits)
    reviewed_at: str = ""
    number: int = 0


class Journal:
    """The reviews of one results folder; not for use by several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _edits(self, number: int) -> Edits:
        masks = self._connection.execute("SELECT structure, png FROM review_masks WHERE review = ?", (number,))
        points = self._connection.execute(
            'SELECT landmark, "row", "col" FROM review_landmarks WHERE review = ?', (number,)
        )
        ends = self._connection.execute("SELECT site, upper, lower FROM review_ends WHERE review = ?", (number,))
        removed = self._connection.execute("SELECT landmark FROM review_removed WHERE review = ?", (number,))
        levels = self._connection.execute("SELECT vertebra, level FROM review_levels WHERE review = ?", (number,))
        return Edits(
            {row["structure"]: decoded_mask(row["png"]) for row in masks},
            {row["landmark"]: Point(row["row"], row["col"]) for row in points},
            {row["site"]: (row["upper"], row["lower"]) for row in ends},
            frozenset(row["landmark"] for row in removed),
            {row["vertebra"]: row["level"] for row in levels},
        )

    def _review(self, row: sqlite3.Row | None) -> Review | None:
        if row is None:
            return None
        facts = (row["image"], row["sha256"], Decision(row["decision"]), row["reviewer"], row["comment"])
        return Review(*facts, self._edits(row["id"]), row["reviewed_at"], row["id"])

    def _latest(self, which: str, *values: str) -> Review | None:
        query = f"SELECT * FROM reviews WHERE {which} ORDER BY id DESC LIMIT 1"
        return self._review(self._connection.execute(query, values).fetchone())

    def signed(self, image: str) -> Review | None:
        """The latest signed review of a film's name, of any file."""
        return self._latest("image = ? AND decision != 'draft'", image)

    def signed_on(self, image: str, sha256: str) -> Review | None:
        """The latest review that was signed on this file."""
        return self._latest("image = ? AND sha256 = ? AND decision != 'draft'", image, sha256)

    def draft(self, image: str, sha256: str, reviewer: str) -> Review | None:
        """The reviewer's unsigned edits of this file."""
        return self._latest("image = ? AND sha256 = ? AND reviewer = ? AND decision = 'draft'", image, sha256, reviewer)

    def decisions(self) -> dict[str, Decision]:
        """The decision of every film's valid review."""
        found = self._connection.execute(COUNTING_REVIEWS)
        return {row["image"]: Decision(row["decision"]) for row in found if not row["stale"]}

    def stale(self) -> set[str]:
        """Films with a review that belongs to another file, unit or pixel spacing than the results."""
        return {row["image"] for row in self._connection.execute(STALE_IMAGES)}

    def _forget_draft(self, review: Review) -> None:
        own = "SELECT id FROM reviews WHERE image = ? AND sha256 = ? AND reviewer = ? AND decision = 'draft'"
        values = (review.image, review.sha256, review.reviewer)
        for table, column in (*((part, "review") for part in _PARTS), ("reviews", "id")):
            self._connection.execute(f"DELETE FROM {table} WHERE {column} IN ({own})", values)

    def _add(self, review: Review, at: str) -> int:
        facts = (review.image, review.sha256, review.decision.value, review.reviewer, at, review.comment)
        number = self._connection.execute(
            "INSERT INTO reviews (image, sha256, decision, reviewer, reviewed_at, comment) VALUES (?, ?, ?, ?, ?, ?)",
            facts,
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO review_masks VALUES (?, ?, ?)",
            [(number, name, encoded_mask(Region.of(mask))) for name, mask in review.edits.masks.items()],
        )
        self._connection.executemany(
            "INSERT INTO review_landmarks VALUES (?, ?, ?, ?)",
            [(number, name, *point) for name, point in review.edits.points.items()],
        )
        self._connection.executemany(
            "INSERT INTO review_ends VALUES (?, ?, ?, ?)",
            [(number, site, *ends) for site, ends in review.edits.ends.items()],
        )
        self._connection.executemany(
            "INSERT INTO review_removed VALUES (?, ?)", [(number, name) for name in sorted(review.edits.removed)]
        )
        self._connection.executemany(
            "INSERT INTO review_levels VALUES (?, ?, ?)",
            [(number, vertebra, level) for vertebra, level in review.edits.levels.items()],
        )
        return int(number or 0)

    def _correct(
        self, review: Review, number: int, measurements: Sequence[ReviewedMeasurement], spacing: PixelSpacing | None
    ) -> None:
        scale = (None, None) if spacing is None else (round(spacing.row_mm, 6), round(spacing.col_mm, 6))
        rows = [
            (number, *each.now.key, _value(review, each), _unit(each), *scale, *_details_and_comment(review, each))
            for each in measurements
        ]
        marks = ", ".join("?" * 10)
        self._connection.executemany(f"INSERT INTO corrections VALUES ({marks})", rows)

    def save_draft(self, review: Review) -> None:
        """Replace the reviewer's draft by these edits; without edits, only delete it."""
        with transaction(self._connection):
            self._forget_draft(review)
            if review.edits:
                self._add(review, _now())

    def sign(
        self, review: Review, measurements: Sequence[ReviewedMeasurement], seen: int, spacing: PixelSpacing | None
    ) -> int:
        """Add a signed review and its corrected values and delete the draft, in one transaction; returns its number.

        ``seen`` is the number of the latest signed review when the reviewer opened the film, 0 for none; ``spacing``
        is what the film was measured with. Raises ReviewConflict where there is a later review, or where the results
        are now of another file.
        """
        with transaction(self._connection):
            latest = self.signed(review.image)
            if latest is not None and latest.number != seen:
                message = (
                    f"{latest.reviewer} {latest.decision} {review.image} after you opened it, at {latest.reviewed_at}"
                )
                raise ReviewConflict(f"{message}: open it again to see that, and to sign; your edits are kept")
            self._refuse_another_file(review)
            self._forget_draft(review)
            number = self._add(review, _now())
            self._correct(review, number, measurements, spacing)
            note_change(self._connection)
        return number

    def _refuse_another_file(self, review: Review) -> None:
        now = self._connection.execute("SELECT sha256 FROM images WHERE image = ?", (review.image,)).fetchone()
        if now is None or now["sha256"] != review.sha256:
            message = f"{review.image} was measured again from another file after you opened it"
            raise ReviewConflict(f"{message}: open it again to see that, and to sign; your edits are kept")


def _value(review: Review, measurement: ReviewedMeasurement) -> float | None:
    """The corrected value; a rejected film has none."""
    return None if review.decision is Decision.REJECTED else measurement.corrected_value


def _unit(measurement: ReviewedMeasurement) -> str | None:
    """The unit of a measurement, or of its automatic value where the correction left no value."""
    now, automatic = measurement.now, measurement.automatic
    shown = now if now.unit is not None or automatic is None else automatic
    return None if shown.unit is None else shown.unit.value


def _details(measurement: ReviewedMeasurement) -> str:
    """The details that differ from the automatic ones, as ``corrected_<key>``; empty where none does.

    A level that was not known before has its own name, as nothing stands there that it corrects.
    """
    was = {} if measurement.automatic is None else measurement.automatic.details
    changed = {key: value for key, value in measurement.now.details.items() if was.get(key) != value}
    names = {key: key if key.endswith("_level") and key not in was else f"corrected_{key}" for key in changed}
    return format_details({names[key]: value for key, value in changed.items()})


def _details_and_comment(review: Review, measurement: ReviewedMeasurement) -> tuple[str, str]:
    """A measurement's changed details, and a comment: ``rejected``, the reviewer's comment, why a value is missing."""
    if review.decision is Decision.REJECTED:
        return "", "; ".join(filter(None, ("rejected", review.comment)))
    now, automatic = measurement.now, measurement.automatic
    lost = now.value is None and automatic is not None and automatic.value is not None
    return _details(measurement), "; ".join(filter(None, (review.comment, *(now.reasons if lost else ()))))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def open_journal(database: Path) -> Iterator[Journal]:
    """Open the journal of a results.sqlite, and close it afterwards."""
    with closing(connect(database)) as connection:
        yield Journal(connection)
