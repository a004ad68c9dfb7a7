"""``corrected/``: what reviewers corrected, as files beside the automatic ones, written from the database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from radcaliper.pipelines.results.files import remove_files, write_whole, write_whole_bytes
from radcaliper.pipelines.results.names import corrected_mask_folder, spelled_words
from radcaliper.pipelines.results.store import ResultStore

CORRECTED: Final = "corrected"
_REVIEWS: Final = ("image", "decision", "reviewer", "reviewed_at", "comment", "reasons")
_LANDMARKS: Final = ("image", "landmark", "row", "col")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    write_whole(path, text.getvalue())


def _place(pixels: float | None) -> str:
    return "" if pixels is None else f"{pixels:.2f}"


def write_corrected_masks(out: Path, image: str, masks: dict[str, bytes]) -> None:
    """``corrected/masks/<image>/<structure>.png`` (PNG content by structure) in place of an earlier review's."""
    folder = out / corrected_mask_folder(image)
    there = {path.stem for path in folder.glob("*.png") if path.is_file()}
    remove_files(out, [f"{corrected_mask_folder(image)}/{name}.png" for name in there - masks.keys()])
    for structure, content in masks.items():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole_bytes(folder / f"{structure}.png", content)


def write_corrected(store: ResultStore, out: Path) -> None:
    """``corrected/reviews.csv``, ``corrected/landmarks.csv`` and the masks of films that were measured anew.

    A landmark that a reviewer removed has neither row nor col.
    What was signed on another file of a film's name stands in reviews.csv as ``stale_correction``, and has neither
    masks nor landmarks here: they are kept in the database. Nothing is written where nothing was ever signed.
    """
    reviews = store.counting_reviews()
    if not reviews:
        return
    (out / CORRECTED).mkdir(exist_ok=True)
    words = [(*row[:2], spelled_words(row[2]), row[3], spelled_words(row[4]), row[5]) for row in reviews]
    _write_table(out / CORRECTED / "reviews.csv", _REVIEWS, words)
    moved = [(image, name, _place(row), _place(col)) for image, name, row, col in store.corrected_landmarks()]
    _write_table(out / CORRECTED / "landmarks.csv", _LANDMARKS, moved)
    for image, kept in store.corrected_structures().items():
        folder = out / corrected_mask_folder(image)
        there = {path.stem for path in folder.glob("*.png") if path.is_file()}
        if there != kept:
            write_corrected_masks(out, image, store.corrected_masks(image))
