"""What reviewers corrected, as files beside the automatic ones; written from the database, which is the truth."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import write_tables, write_whole, write_whole_bytes
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision, encoded_mask, open_journal

CORRECTED: Final = "corrected"
_REVIEWS: Final = ("image", "decision", "reviewer", "reviewed_at", "comment")
_LANDMARKS: Final = ("image", "landmark", "row", "col")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    write_whole(path, text.getvalue())


def write_corrected_masks(folder: ResultsFolder, image: str) -> None:
    """``corrected/masks/<image>/<structure>.png`` of the signed review, on the pixels of the film's file.

    They stand in place of an earlier review's; a rejected film has none.
    """
    place = folder.path / CORRECTED / "masks" / image
    if place.is_dir():
        shutil.rmtree(place)
    with open_journal(folder.database) as journal:
        review = journal.signed(image)
    corrected = review.edits.masks if review is not None and review.decision is Decision.CORRECTED else {}
    for structure, mask in corrected.items():
        place.mkdir(parents=True, exist_ok=True)
        write_whole_bytes(place / f"{structure}.png", encoded_mask(mask))


def write_reviewed_tables(folder: ResultsFolder) -> None:
    """The four tables with their corrections, ``corrected/reviews.csv`` and ``corrected/landmarks.csv``."""
    out = folder.path / CORRECTED
    out.mkdir(exist_ok=True)
    with open_journal(folder.database) as journal:
        _write_table(out / "reviews.csv", _REVIEWS, journal.signed_reviews())
        moved = [(image, name, f"{row:.2f}", f"{col:.2f}") for image, name, (row, col) in journal.signed_landmarks()]
        _write_table(out / "landmarks.csv", _LANDMARKS, moved)
    store = ResultStore(folder.database)
    try:
        write_tables(store, folder.path)
    finally:
        store.close()
