"""A results folder under review: its worklist, its films, and the reviews that are signed in it.

Every method opens its own connection to the database, so that each may be called from any thread.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from radcaliper.measurements.types import Analysis, Measurement, Prediction, Radiograph, Status
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.protocols.spine.true_height import at_true_height
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.reading.archives import as_file, is_there
from radcaliper.pipelines.reading.file_frame import (
    landmarks_from_file,
    masks_from_file,
    measurements_from_file,
    spacing_from_file,
    spacing_to_file,
)
from radcaliper.pipelines.results import joined
from radcaliper.pipelines.results.database import DATABASE, connect
from radcaliper.pipelines.results.joined import STALE
from radcaliper.pipelines.results.masks import read_masks
from radcaliper.pipelines.results.ownership import is_results_folder
from radcaliper.pipelines.results.records import (
    Record,
    codes,
    landmark_of,
    measurement_of,
    quality_of_mask,
    spacing_of,
)
from radcaliper.pipelines.results.store import Source
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.journal import Decision, Review, open_journal
from radcaliper.pipelines.review.measurements import ReviewedMeasurement
from radcaliper.pipelines.review.worklist import WorkItem
from radcaliper.pipelines.running.film import file_hash

_LISTED: Final = ("image", "status", "reasons", "protocol", "error", "lowest_quality")
_OF_FILM: Final = "SELECT * FROM {} WHERE image = ? ORDER BY rowid"
_FILM: Final = "SELECT images.*, path, base FROM images LEFT JOIN sources USING (image) WHERE image = ?"


class CannotReview(ValueError):
    """A film or folder that cannot be opened for review; the message is one line for the user."""


@dataclass(frozen=True, eq=False)
class OpenFilm:
    """An opened film: its analysis, the file's path and hash, its valid signed review, and the edits to continue from.

    ``stale`` is a line about a signed review that no longer fits the film, empty where there is none. ``seen`` is the
    number of the latest signed review of the film's name, 0 for none.
    """

    analysis: Analysis
    path: Path
    sha256: str
    signed: Review | None
    edits: Edits
    stale: str = ""
    seen: int = 0


@dataclass(frozen=True)
class ResultsFolder:
    """The results in a folder; CannotReview where it holds none."""

    path: Path

    def __post_init__(self) -> None:
        if not is_results_folder(self.path):
            raise CannotReview(f"{self.path} holds no {DATABASE}: measure films into it first")

    @property
    def database(self) -> Path:
        """The folder's database."""
        return self.path / DATABASE

    def worklist(self) -> tuple[WorkItem, ...]:
        """All films, sorted by name."""
        with open_journal(self.database) as journal:
            decisions, stale = journal.decisions(), journal.stale()
        with self._reading() as rows:
            films = rows.pairs(joined.table("images", _LISTED))
            return tuple(
                WorkItem(
                    image,
                    Status(status),
                    codes(reasons),
                    protocol or "",
                    error or "",
                    lowest_quality,
                    decisions.get(image),
                    image in stale,
                )
                for image, status, reasons, protocol, error, lowest_quality in films
            )

    def measured(self) -> tuple[str, ...]:
        """The measurements that some film has a value of, sorted."""
        with self._reading() as rows:
            query = "SELECT DISTINCT key FROM images, json_each(measured_values)"
            return tuple(sorted(name for (name,) in rows.pairs(query)))

    def values(self, measurement: str) -> dict[str, tuple[float, ...]]:
        """The automatic values of a measurement by film, one for each site and method."""
        query = "SELECT image, json_extract(measured_values, '$.' || ?) AS found FROM images WHERE found IS NOT NULL"
        with self._reading() as rows:
            return {image: tuple(json.loads(found)) for image, found in rows.pairs(query, measurement)}

    def open_film(self, image: str, reviewer: str) -> OpenFilm:
        """A film with the edits to continue from: those of the reviewer's draft, else of the signed review, else none.

        Raises CannotReview where its file is missing or has changed, UnreadableFilm or NotARadiograph as on reading.
        """
        with self._reading() as rows:
            found = rows(_FILM, image)
            if not found:
                raise CannotReview(f"{image} is not among the results")
            path, analysis = self._file(found[0]), self._analysis(found[0], rows)
        sha256 = found[0]["sha256"]
        with open_journal(self.database) as journal:
            signed, draft = journal.signed_on(image, sha256), journal.draft(image, sha256, reviewer)
            last, stale = journal.signed(image), image in journal.stale()
        latest = draft or signed
        edits = Edits() if latest is None else latest.edits.on_film(analysis.radiograph.on_file)
        why = _stale(last, signed) if stale else ""
        return OpenFilm(analysis, path, sha256, signed, edits, why, _number(last))

    def _analysis(self, row: Record, rows: _Query) -> Analysis:
        """The analysis on the film as it is measured, from tables and masks that lie on the file's pixels."""
        image, film = row["image"], self._film(row)
        geometry = film.on_file
        measured = _measurements(row["protocol"] or "", rows(_OF_FILM.format("measurements"), image))
        landmarks = {each["landmark"]: landmark_of(each) for each in rows(_OF_FILM.format("landmarks"), image)}
        return Analysis(
            image,
            film,
            row["protocol"] or "",
            row["model"] or "",
            Status(row["status"]),
            codes(row["reasons"]),
            Prediction(masks_from_file(read_masks(self.path, image), geometry)) if measured else None,
            tuple(quality_of_mask(each) for each in rows(_OF_FILM.format("structures"), image)),
            measurements_from_file(measured, geometry),
            landmarks_from_file(landmarks, geometry),
        )

    def save_draft(self, film: OpenFilm, edits: Edits, reviewer: str) -> None:
        """Save edits that are not signed yet, so that a crash loses none."""
        with open_journal(self.database) as journal:
            stored = edits.on_file(film.analysis.radiograph.on_file)
            journal.save_draft(Review(film.analysis.image, film.sha256, Decision.DRAFT, reviewer, edits=stored))

    def sign(self, film: OpenFilm, review: Review, measurements: Sequence[ReviewedMeasurement]) -> OpenFilm:
        """Sign a review; returns the film with it. ReviewConflict where another person signed since it was opened."""
        radiograph = film.analysis.radiograph
        geometry, spacing = radiograph.on_file, radiograph.spacing
        stored = replace(review, edits=review.edits.on_file(geometry))
        with open_journal(self.database) as journal:
            number = journal.sign(
                stored, measurements, film.seen, None if spacing is None else spacing_to_file(spacing, geometry)
            )
        return replace(film, signed=replace(review, number=number), edits=review.edits, stale="", seen=number)

    def _file(self, row: Record) -> Path:
        """Where the film's file is; CannotReview where it is not there."""
        if not row["path"]:
            raise CannotReview(f"{row['image']}: these results do not say where the film is; measure the folder again")
        path = Source(Path(os.fsdecode(row["path"])), row["base"] or "").found(self.path.resolve())
        if path is None or not is_there(path):
            raise CannotReview(f"{row['image']}: {path} is not there; measure the folder again from where it is now")
        return path

    def _film(self, row: Record) -> Radiograph:
        """Read the film as it was measured: with the same spacing, and turned, stretched or inverted where it was."""
        with as_file(self._file(row)) as file:
            film = read_radiograph(file)
            content = file_hash(file)
        if content != row["sha256"]:
            raise CannotReview(f"{row['image']}: the file has changed since it was measured")
        if "turned_film" in codes(row["reasons"]):
            from radcaliper.pipelines.protocols.view_gate import view_of_film  # seldom needed

            film = view_of_film(film).film
        if row["protocol"] == "spine" and "stretched_film" in codes(row["reasons"]):
            film = at_true_height(film)
        on_file = spacing_of(row)
        spacing = None if on_file is None else spacing_from_file(on_file, film.on_file)
        film = replace(film, spacing=spacing)
        return film.inverted() if "inverted" in codes(row["reasons"]) else film

    @contextmanager
    def _reading(self) -> Iterator[_Query]:
        with closing(connect(self.database)) as connection:
            yield _Query(connection)


@dataclass(frozen=True)
class _Query:
    """Runs queries; each returns all rows that it finds."""

    connection: sqlite3.Connection

    def __call__(self, query: str, *values: str) -> list[Record]:
        return [dict(row) for row in self.connection.execute(query, values)]

    def pairs(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        """The rows as tuples, which for a hundred thousand of them is much quicker than as mappings."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return iter(cursor.execute(query, values))


def _measurements(protocol: str, rows: Sequence[Record]) -> tuple[Measurement, ...]:
    """The automatic measurements of a film's rows."""
    return tuple(measurement_of(row, EVERY_PROTOCOL[protocol].measurement(row["measurement"])) for row in rows)


def _number(review: Review | None) -> int:
    return 0 if review is None else review.number


def _stale(last: Review | None, signed: Review | None) -> str:
    """A line about the signed review that no longer fits the film."""
    if signed is not None:
        return (
            f"{STALE}: {signed.reviewer} signed at another unit or pixel spacing; sign again to keep these measurements"
        )
    cause = "" if last is None else f"{last.reviewer} {last.decision} another file of this name at {last.reviewed_at}"
    return f"{STALE}: {cause}"
