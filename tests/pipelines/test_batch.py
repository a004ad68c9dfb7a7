"""Runs of many films: what is written on the way, and what is said where a run cannot go on."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.running.batch import BatchOptions, Watch, measure_films
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.keeping import FilmDone
from radcaliper.pipelines.running.process import Cancelled, MeasuringFailed, MeasuringProcess, _complain_to


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
    monkeypatch.setattr("radcaliper.pipelines.running.writing.EVERY_S", -1.0)
    monkeypatch.setattr("radcaliper.pipelines.running.writing.SHARE", 1e9)
    seen: list[int] = []

    def on_film(done: FilmDone) -> None:
        path = tmp_path / "out" / "images.csv"
        seen.append(len(path.read_text(encoding="utf-8").splitlines()) - 1 if path.exists() else 0)

    counts = measure_films(letters, tmp_path / "out", BatchOptions(), Watch(on_film)).counts
    assert counts == {"failed": 2}
    assert seen == [1, 2]
    assert json.loads((tmp_path / "out" / "run.json").read_text())["films_measured"] == 2
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_measuring_process_gives_the_films_by_status(letters: list[FilmFile], tmp_path: Path) -> None:
    told: list[None] = []
    counts = MeasuringProcess(letters, tmp_path / "out", FilmOptions("chest")).run(lambda: told.append(None))
    assert counts == {"failed": 2}
    assert len(told) == 2


def test_a_process_that_is_killed_says_so_in_one_line(
    letters: list[FilmFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radcaliper.pipelines.running.process._serve", _dies)
    run = MeasuringProcess(letters, tmp_path / "out", FilmOptions())
    with pytest.raises(MeasuringFailed, match=r"exit status -6: .*the last words") as failure:
        run.run(lambda: None)
    assert "\n" not in str(failure.value)


def _dies(order: object, answering: object, stop: object, complaints: str) -> None:
    _complain_to(complaints)
    os.write(2, b"terminate called\nthe last words\n")
    os.abort()


def test_a_process_that_is_cancelled_stops_and_keeps_what_it_has(letters: list[FilmFile], tmp_path: Path) -> None:
    many = [FilmFile(f"{number}.png", letters[0].path) for number in range(400)]
    run = MeasuringProcess(many, tmp_path / "out", FilmOptions())
    with pytest.raises(Cancelled):
        run.run(run.cancel)
    kept = (tmp_path / "out" / "images.csv").read_text(encoding="utf-8").splitlines()
    assert 1 < len(kept) < 400


def test_a_folder_that_cannot_be_written_is_told_of(letters: list[FilmFile], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(MeasuringFailed, match="out cannot be written"):
        MeasuringProcess(letters, tmp_path / "out", FilmOptions()).run(lambda: None)


_PARENT = """
import sys, time
from pathlib import Path
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.keeping import FilmDone
from radcaliper.pipelines.running.process import MeasuringProcess
if __name__ == "__main__":
    films = [FilmFile(f"{n}.png", Path(sys.argv[1])) for n in range(20000)]
    run = MeasuringProcess(films, Path(sys.argv[2]), FilmOptions())
    print(run._process.pid, flush=True)
    run.run(lambda: None)
"""


def test_a_process_ends_when_whoever_started_it_is_killed(letters: list[FilmFile], tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    out = tmp_path / "out"
    with Popen([sys.executable, script, letters[0].path, out], stdout=PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        wait_for(lambda: (out / "results.sqlite").exists() and rows(out) > 3)
        parent.kill()
    wait_for(lambda: not is_running(child))
    assert 3 < rows(out) < 20000
    assert (out / "images.csv").is_file()


def rows(out: Path) -> int:
    with closing(ResultStore(out / "results.sqlite")) as store:
        return store.count()


def is_running(process: int) -> bool:
    """Whether a process is there and no zombie that nobody waits for."""
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
