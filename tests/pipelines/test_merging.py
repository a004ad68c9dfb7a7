"""Results folders put together."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.results.stored import open_results
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review

Save = Callable[..., Path]


def merge(*arguments: object, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["merge", *map(str, arguments)])
    assert done.exit_code == status, done.output
    return done.output


def names_in(table: Path) -> list[str]:
    with table.open(newline="", encoding="utf-8") as file:
        return [row["image"] for row in csv.DictReader(file)]


@pytest.fixture
def shards(tmp_path: Path, save_results: Save, chest_analysis: Analysis, spine_analysis: Analysis) -> list[Path]:
    """Two folders with two films and one; the second one's is signed."""
    other = replace(chest_analysis, image="ward/other.png")
    one = save_results(tmp_path / "one", [chest_analysis, spine_analysis])
    two = save_results(tmp_path / "two", [other])
    folder = ResultsFolder(two)
    film = folder.open_film("ward/other.png", "Dr. A")
    folder.sign(film, Review(film.analysis.image, film.sha256, Decision.ACCEPTED, "Dr. A"), [])
    return [one, two]


def test_films_pictures_and_signatures_come_together(shards: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "all"
    assert "3 films and 1 reviews taken over" in merge(*shards, "-o", out)
    assert names_in(out / "images.csv") == ["chest.png", "spine.png", "ward/other.png"]
    assert (out / "masks" / "ward" / "other.png" / "heart.png").is_file()
    items = {item.image: item for item in ResultsFolder(out).worklist()}
    assert items["ward/other.png"].decision is Decision.ACCEPTED
    assert "chest.png" in ResultsFolder(out).values("cardiothoracic_ratio")
    with open_results(out) as results:
        assert all(film.file is not None and film.file.is_file() for film in results.films())
    merge(*shards, "-o", out)
    assert len(ResultsFolder(out).worklist()) == 3
    with closing(sqlite3.connect(out / "results.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM reviews").fetchone()[0] == 1


def test_without_a_folder_for_all_the_first_one_takes_them(shards: list[Path]) -> None:
    merge(*shards)
    assert names_in(shards[0] / "images.csv") == ["chest.png", "spine.png", "ward/other.png"]
    assert names_in(shards[1] / "images.csv") == ["ward/other.png"]


def test_different_films_of_one_name_are_not_mixed(
    shards: list[Path], tmp_path: Path, save_results: Save, chest_analysis: Analysis
) -> None:
    darker = replace(chest_analysis.radiograph, pixels=chest_analysis.radiograph.pixels / 2)
    (tmp_path / "elsewhere").mkdir()
    clash = save_results(tmp_path / "elsewhere" / "three", [replace(chest_analysis, radiograph=darker)])
    assert "other films of the same names than the folders before it: chest.png" in merge(*shards, clash, status=2)
    assert names_in(shards[0] / "images.csv") == ["chest.png", "spine.png"]


def test_a_folder_without_results_is_bad_usage(shards: list[Path], tmp_path: Path) -> None:
    assert "holds no results" in merge(shards[0], tmp_path, status=2)
