"""The CSV tables and run.json, written from the database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from radcaliper.pipelines.results.files import write_whole
from radcaliper.pipelines.results.names import spelled_words
from radcaliper.pipelines.results.rows import COLUMNS, Row
from radcaliper.pipelines.results.store import ResultStore

_WORDS: Final = ("reviewer", "comment")
"""Columns of free text that people wrote."""


def _spelled(row: Row) -> Row:
    words = {column: spelled_words(row[column]) for column in _WORDS if isinstance(row.get(column), str)}  # type: ignore[arg-type]
    return row | words


def csv_table(table: str, rows: Iterable[Row]) -> str:
    """Rows of one of the four tables as CSV with its header; a row is one line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[table], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_spelled, rows))
    return text.getvalue()


def write_tables(store: ResultStore, out: Path) -> None:
    """images.csv, structures.csv, measurements.csv, landmarks.csv and run.json in ``out``."""
    for table in COLUMNS:
        write_whole(out / f"{table}.csv", csv_table(table, store.rows(table)))
    write_whole(out / "run.json", json.dumps(store.read_run(), indent=2) + "\n")
