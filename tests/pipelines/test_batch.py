"""Runs of many films: what is written on the way, and what is said where a run cannot go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from radcaliper.pipelines.running.batch import BatchOptions, measure_films
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.process import MeasuringFailed, MeasuringProcess


@pytest.fixture
def letters(tmp_path: Path) -> list[FilmFile]:
    """Two files that are no films: quick to be done with."""
    films = [FilmFile(name, tmp_path / name) for name in ("a.png", "b.png")]
    for film in films:
        film.path.write_text("Dear colleague")
    return films


def test_a_long_run_writes_its_tables_on_the_way(
    letters: list[FilmFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radcaliper.pipelines.running.batch._EXPORT_EVERY_S", -1.0)
    seen: list[int] = []

    def on_film() -> None:
        path = tmp_path / "out" / "images.csv"
        seen.append(len(path.read_text(encoding="utf-8").splitlines()) - 1 if path.exists() else 0)

    counts = measure_films(letters, tmp_path / "out", BatchOptions(), on_film)
    assert counts == {"failed": 2}
    assert seen == [0, 1]
    assert json.loads((tmp_path / "out" / "run.json").read_text())["films_measured"] == 2
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_process_that_breaks_down_says_why_in_one_line(letters: list[FilmFile], tmp_path: Path) -> None:
    run = MeasuringProcess(letters, tmp_path / "out", FilmOptions(masks="none at all"))  # type: ignore[arg-type]
    with pytest.raises(MeasuringFailed, match="exit status 1: ValueError: 'none at all' is not a valid") as failure:
        run.run(lambda: None)
    assert "\n" not in str(failure.value)


def test_a_folder_that_cannot_be_written_is_told_of(letters: list[FilmFile], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(MeasuringFailed, match="out cannot be written"):
        MeasuringProcess(letters, tmp_path / "out", FilmOptions()).run(lambda: None)
