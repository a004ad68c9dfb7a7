"""The CSV tables, written from the database row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from radcaliper.pipelines.results.files import whole_text
from radcaliper.pipelines.results.names import spelled_words
from radcaliper.pipelines.results.rows import COLUMNS, Cell
from radcaliper.pipelines.results.store import ResultStore

_WORDS: Final = ("reviewer", "comment")
"""Columns of free text that people wrote."""


def spelled(rows: Iterable[Iterable[Cell]], columns: Sequence[str]) -> Iterator[Iterable[Cell]]:
    """The rows with what people wrote as a table may hold it."""
    places = [place for place, column in enumerate(columns) if column in _WORDS]
    if not places:
        yield from rows
    for row in rows:
        cells = tuple(row)
        if any(cells[place] for place in places):
            yield [spelled_words(str(c)) if c and place in places else c for place, c in enumerate(cells)]
        else:
            yield cells


def table_rows(store: ResultStore, table: str) -> Iterator[Iterable[Cell]]:
    """The rows of one of the four tables as they are written: the cells of ``store.columns(table)``."""
    cells = store.cells(table)
    return spelled(cells, store.columns(table)) if store.anything_signed() else iter(cells)


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Iterable[Cell]]) -> None:
    """Write a table as CSV: a header, and a line for each row."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def write_tables(store: ResultStore, out: Path) -> None:
    """images.csv, structures.csv, measurements.csv and landmarks.csv in ``out``."""
    with store.snapshot():
        for table in COLUMNS:
            with whole_text(out / f"{table}.csv") as file:
                write_csv(file, store.columns(table), table_rows(store, table))
