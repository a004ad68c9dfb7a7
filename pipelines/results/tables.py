"""The CSV tables and run.json, written from the database row by row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from radcaliper.pipelines.results.files import whole_text, write_whole
from radcaliper.pipelines.results.names import spelled_words
from radcaliper.pipelines.results.rows import COLUMNS, Cell
from radcaliper.pipelines.results.store import ResultStore

_WORDS: Final = ("reviewer", "comment")
"""Columns of free text that people wrote."""


def _spelled(rows: Iterable[Iterable[Cell]], columns: Sequence[str]) -> Iterator[Iterable[Cell]]:
    """The rows with what people wrote as a table may hold it."""
    places = [place for place, column in enumerate(columns) if column in _WORDS]
    for row in rows:
        cells = tuple(row)
        if any(cells[place] for place in places):
            yield [spelled_words(str(c)) if c and place in places else c for place, c in enumerate(cells)]
        else:
            yield cells


def write_csv(file: TextIO, table: str, rows: Iterable[Iterable[Cell]]) -> None:
    """Write rows of one of the four tables, its columns in their order, as CSV with its header; a row is one line."""
    columns = COLUMNS[table]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(_spelled(rows, columns) if set(columns) & set(_WORDS) else rows)


def write_tables(store: ResultStore, out: Path) -> None:
    """images.csv, structures.csv, measurements.csv, landmarks.csv and run.json in ``out``."""
    with store.snapshot():
        for table in COLUMNS:
            with whole_text(out / f"{table}.csv") as file:
                write_csv(file, table, store.cells(table))
    write_whole(out / "run.json", json.dumps(store.read_run(), indent=2) + "\n")
