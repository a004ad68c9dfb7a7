"""The CSV tables and run.json, written from the database."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from uuid import uuid4

from radcaliper.pipelines.results.rows import COLUMNS
from radcaliper.pipelines.results.store import ResultStore


def write_whole(path: Path, content: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, never half."""
    write_whole_bytes(path, content.encode("utf-8"))


def write_whole_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, whoever else may be writing it."""
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_tables(store: ResultStore, out: Path) -> None:
    """images.csv, structures.csv, measurements.csv, landmarks.csv and run.json in ``out``."""
    for table, columns in COLUMNS.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(store.rows(table))
        write_whole(out / f"{table}.csv", text.getvalue())
    write_whole(out / "run.json", json.dumps(store.read_run(), indent=2) + "\n")
