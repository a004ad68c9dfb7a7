"""A results folder as the reviewer's desk: its worklist, its films, the reviews that are signed on it.

Every method opens the database for itself, so that all may be called from any thread.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from radcaliper.measurements.types import Analysis, Radiograph, Segmentation, Status, Variants
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.reading.file_frame import (
    landmarks_from_file,
    masks_from_file,
    numbers_from_file,
    spacing_from_file,
)
from radcaliper.pipelines.results.database import connect
from radcaliper.pipelines.results.masks import read_masks
from radcaliper.pipelines.results.records import (
    Record,
    codes,
    landmark_of,
    measurement_of,
    quality_of_mask,
    spacing_of,
)
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.journal import Decision, Review, open_journal
from radcaliper.pipelines.review.numbers import Number
from radcaliper.pipelines.review.worklist import WorkItem
from radcaliper.pipelines.running.film import file_hash

DATABASE: Final = "results.sqlite"
_OF_FILM: Final = "SELECT * FROM {} WHERE image = ? ORDER BY rowid"


class CannotReview(ValueError):
    """A film or folder that cannot be shown; the message is one clear line."""


@dataclass(frozen=True, eq=False)
class OpenFilm:
    """A film on the desk: its analysis, the file's hash, the signed review that counts, and the edits to go on from."""

    analysis: Analysis
    sha256: str
    signed: Review | None
    edits: Edits

    @property
    def seen(self) -> int:
        """The number of the signed review that is shown, 0 for none."""
        return 0 if self.signed is None else self.signed.number


def is_results_folder(path: Path) -> bool:
    """Whether a folder holds results."""
    return (path / DATABASE).is_file()


@dataclass(frozen=True)
class ResultsFolder:
    """The results in a folder."""

    path: Path

    def __post_init__(self) -> None:
        if not is_results_folder(self.path):
            raise CannotReview(f"{self.path} holds no {DATABASE}: measure films into it first")

    @property
    def database(self) -> Path:
        """The folder's database."""
        return self.path / DATABASE

    def worklist(self) -> tuple[WorkItem, ...]:
        """All films, in the order of their names."""
        with open_journal(self.database) as journal:
            decisions = journal.decisions()
        with self._reading() as rows:
            values: dict[str, dict[str, tuple[float, ...]]] = defaultdict(dict)
            for row in rows("SELECT image, measurement, value FROM measurements WHERE value IS NOT NULL"):
                of_film = values[row["image"]]
                of_film[row["measurement"]] = (*of_film.get(row["measurement"], ()), row["value"])
            worst = rows("SELECT image, min(quality) AS quality FROM structures GROUP BY image")
            lowest = {row["image"]: row["quality"] for row in worst}
            return tuple(
                WorkItem(
                    row["image"],
                    Status(row["status"]),
                    codes(row["reasons"]),
                    row["protocol"] or "",
                    row["error"] or "",
                    lowest.get(row["image"]),
                    values.get(row["image"], {}),
                    decisions.get(row["image"]),
                )
                for row in rows("SELECT * FROM images ORDER BY image")
            )

    def open_film(self, image: str, reviewer: str) -> OpenFilm:
        """A film with the edits to go on from: the reviewer's draft, else the signed review's, else none.

        Raises CannotReview where its file is gone or has changed, UnreadableFilm or NotARadiograph where it is none.
        """
        with self._reading() as rows:
            found = rows("SELECT images.*, path FROM images LEFT JOIN sources USING (image) WHERE image = ?", image)
            if not found:
                raise CannotReview(f"{image} is not among the results")
            analysis = self._analysis(found[0], rows)
        with open_journal(self.database) as journal:
            signed, draft = journal.signed(image), journal.draft(image, reviewer)
        sha256 = found[0]["sha256"]
        latest = draft or signed
        fits = latest is not None and latest.sha256 == sha256
        edits = latest.edits.on_film(analysis.radiograph.on_file) if latest is not None and fits else Edits()
        return OpenFilm(analysis, sha256, signed, edits)

    def _analysis(self, row: Record, rows: _Query) -> Analysis:
        """The analysis on the film as it is measured, from tables and masks that lie on the file's pixels."""
        image, film = row["image"], _film(row)
        geometry = film.on_file
        measured = tuple(measurement_of(each) for each in rows(_OF_FILM.format("measurements"), image))
        landmarks = {each["landmark"]: landmark_of(each) for each in rows(_OF_FILM.format("landmarks"), image)}
        masks = masks_from_file(read_masks(self.path, image), geometry)
        return Analysis(
            image,
            film,
            row["protocol"] or "",
            row["model"] or "",
            Status(row["status"]),
            codes(row["reasons"]),
            Segmentation(masks, Variants(1.0)) if measured else None,
            tuple(quality_of_mask(each) for each in rows(_OF_FILM.format("structures"), image)),
            numbers_from_file(measured, geometry),
            landmarks_from_file(landmarks, geometry),
        )

    def save_draft(self, film: OpenFilm, edits: Edits, reviewer: str) -> None:
        """Keep edits that are not signed yet, so that a crash loses none."""
        with open_journal(self.database) as journal:
            kept = edits.on_file(film.analysis.radiograph.on_file)
            journal.save_draft(Review(film.analysis.image, film.sha256, Decision.DRAFT, reviewer, edits=kept))

    def sign(self, film: OpenFilm, review: Review, numbers: Sequence[Number]) -> OpenFilm:
        """The film as it is once signed; ReviewConflict where another person signed it since it was opened."""
        kept = replace(review, edits=review.edits.on_file(film.analysis.radiograph.on_file))
        with open_journal(self.database) as journal:
            number = journal.sign(kept, numbers, film.seen)
        return replace(film, signed=replace(review, number=number), edits=review.edits)

    @contextmanager
    def _reading(self) -> Iterator[_Query]:
        with closing(connect(self.database)) as connection:
            yield _Query(connection)


@dataclass(frozen=True)
class _Query:
    """All rows that a query finds."""

    connection: sqlite3.Connection

    def __call__(self, query: str, *values: str) -> list[Record]:
        return [dict(row) for row in self.connection.execute(query, values)]


def _film(row: Record) -> Radiograph:
    """The film as it was measured: with the spacing that was used then, and turned bright where it was."""
    if not row["path"]:
        raise CannotReview(f"{row['image']}: these results do not say where the film is; measure the folder again")
    path = Path(row["path"])
    if not path.is_file():
        raise CannotReview(f"{row['image']}: {path} is not there; measure the folder again from where it is now")
    film = read_radiograph(path)
    if file_hash(path) != row["sha256"]:
        raise CannotReview(f"{row['image']}: the file has changed since it was measured")
    spacing = spacing_of(row)
    own = None if spacing is None else spacing_from_file(spacing, film.on_file)
    film = replace(film, spacing=own, view=row["view"] or film.view)
    if "inverted" not in codes(row["reasons"]):
        return film
    return replace(film, pixels=film.pixels.max() + film.pixels.min() - film.pixels, turned_bright=True)
