"""The database is the truth: whole films, corrections kept, tables written from it."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import pytest

from radcaliper.measurements.types import Status
from radcaliper.pipelines.results.rows import COLUMNS, FilmRows, unmeasured_rows
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.tables import write_tables

NUMBER = {"image": "a.png", "measurement": "cardiothoracic_ratio", "site": "", "method": "mask", "value": 0.5}


def film(image: str = "a.png", **number: object) -> FilmRows:
    head = unmeasured_rows(image, Status.FAILED, "", "empty", "00").image
    return FilmRows(head, measurements=(NUMBER | {"image": image} | number,))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path / "results.sqlite")


def test_saving_again_replaces(store: ResultStore) -> None:
    store.save(film(value=0.4), "x")
    store.save(film(value=0.6), "y")
    assert [row["value"] for row in store.rows("measurements")] == [0.6]
    known = store.known("a.png")
    assert known is not None and known.fingerprint == "y"


def test_a_film_is_there_completely_or_not_at_all(store: ResultStore) -> None:
    doubled = FilmRows(film().image, measurements=(NUMBER, NUMBER))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        store.save(doubled, "x")
    assert list(store.rows("images")) == []
    assert list(store.rows("measurements")) == []


def test_tables_have_the_contract_s_columns(store: ResultStore, tmp_path: Path) -> None:
    store.save(film("ä/日本.png"), "x")
    write_tables(store, tmp_path)
    for table, columns in COLUMNS.items():
        with (tmp_path / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            assert tuple(next(csv.reader(file))) == columns
    assert "ä/日本.png" in (tmp_path / "images.csv").read_text(encoding="utf-8")
