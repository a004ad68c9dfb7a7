"""What keeps runs of very many films quick and small: what is read again, what is written when, what is told."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from typer.testing import CliRunner

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.results.outputs import GrowingTables
from radcaliper.pipelines.results.rows import analysis_rows, unmeasured_rows
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.running import task
from radcaliper.pipelines.running.batch import BatchOptions, Outcome, measure_films
from radcaliper.pipelines.running.discover import find_films
from radcaliper.pipelines.running.film import FilmOptions, FilmResult
from radcaliper.pipelines.running.keeping import FilmDone
from radcaliper.pipelines.running.progress import EveryMinute, Progress, duration
from radcaliper.pipelines.running.pseudonyms import Pseudonyms
from radcaliper.pipelines.running.workers import available_cores
from radcaliper.pipelines.running.writing import SHARE, TablesOnTheWay


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, chest_analysis: Analysis) -> list[str]:
    """The names of films that were measured, by a measurer that takes no time."""
    names: list[str] = []

    def process(film: object, sha256: str, options: FilmOptions) -> FilmResult:
        names.append(film.image)
        return FilmResult(analysis_rows(replace(chest_analysis, image=film.image), sha256, 0.0))

    monkeypatch.setattr(task, "process_film", process)
    return names


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder of three files, settled for a while."""
    folder = tmp_path / "films"
    folder.mkdir()
    for name in "abc":
        write_settled(folder / f"{name}.png", name.encode())
    return folder


def write_settled(path: Path, content: bytes, age: float = 100) -> None:
    path.write_bytes(content)
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))


def run(films: Path, out: Path, **options: object) -> Outcome:
    return measure_films(find_films([films], out).films, out, BatchOptions(**options))


def names_in(table: Path) -> list[str]:
    with table.open(newline="", encoding="utf-8") as file:
        return [row["image"] for row in csv.DictReader(file)]


def test_a_finished_film_is_not_read_again_while_size_and_time_are_the_same(
    films: Path, tmp_path: Path, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run(films, out)
    hashed: list[str] = []
    monkeypatch.setattr(task, "file_hash", lambda path: hashed.append(path.name) or "00")
    assert run(films, out).counts == {"ok": 3}
    assert hashed == []
    assert run(films, out, verify=True).counts == {"ok": 3}
    assert sorted(hashed) == ["a.png", "b.png", "c.png"]


def test_another_content_of_the_same_size_is_seen_by_its_time(films: Path, tmp_path: Path, measured: list[str]) -> None:
    out = tmp_path / "out"
    run(films, out)
    measured.clear()
    write_settled(films / "b.png", b"B", age=50)
    run(films, out)
    assert measured == ["b.png"]
    os.utime(films / "c.png")  # another time, but the same content: it is read, and not measured
    run(films, out)
    assert measured == ["b.png"]


def test_a_change_that_keeps_the_time_is_found_by_verify(films: Path, tmp_path: Path, measured: list[str]) -> None:
    out, film = tmp_path / "out", films / "a.png"
    run(films, out)
    measured.clear()
    time = film.stat()
    film.write_bytes(b"A")
    os.utime(film, ns=(time.st_atime_ns, time.st_mtime_ns))
    run(films, out)
    assert measured == []
    run(films, out, verify=True)
    assert measured == ["a.png"]


def test_tables_are_left_alone_where_nothing_changed(films: Path, tmp_path: Path, measured: list[str]) -> None:
    out = tmp_path / "out"
    run(films, out)
    before = {path.name: path.stat().st_ino for path in out.glob("*.csv")}
    run(films, out)
    assert {path.name: path.stat().st_ino for path in out.glob("*.csv")} == before
    (out / "images.csv").unlink()
    run(films, out)
    assert names_in(out / "images.csv") == ["a.png", "b.png", "c.png"]


def test_films_that_are_gone_are_pruned_but_for_those_that_somebody_signed(
    films: Path, tmp_path: Path, measured: list[str]
) -> None:
    out = tmp_path / "out"
    run(films, out)
    with closing(sqlite3.connect(out / "results.sqlite")) as database, database:
        review = "INSERT INTO reviews (image, sha256, decision, reviewer) VALUES ('b.png', '', 'accepted', 'A')"
        database.execute(review)
    for name in "bc":
        (films / f"{name}.png").unlink()
    outcome = run(films, out)
    assert (outcome.missing, outcome.pruned) == (2, 0)
    assert names_in(out / "images.csv") == ["a.png", "b.png", "c.png"]
    outcome = run(films, out, prune=True)
    assert (outcome.missing, outcome.pruned) == (1, 1)
    assert names_in(out / "images.csv") == ["a.png", "b.png"]
    assert set(names_in(out / "measurements.csv")) == {"a.png", "b.png"}


def saved(store: ResultStore, image: str) -> FilmDone:
    first = store.known(image) is None
    store.save(unmeasured_rows(image, Status.FAILED, "", "broken", "00"), "x")
    return FilmDone(image, "failed", first=first)


@pytest.fixture
def on_the_way(tmp_path: Path) -> tuple[ResultStore, TablesOnTheWay, Clock, list[float]]:
    """Tables of a run whose every writing takes a second."""
    store, clock = ResultStore(tmp_path / "results.sqlite"), Clock()
    written: list[float] = []

    def prepare() -> None:
        written.append(clock.now)
        clock.now += 1.0

    tables = GrowingTables(StoredResults(tmp_path, store))
    return store, TablesOnTheWay(tables, store.count, prepare, clock), clock, written


def test_new_films_are_added_to_the_tables_and_a_replaced_one_has_them_written_anew(
    on_the_way: tuple[ResultStore, TablesOnTheWay, Clock, list[float]], tmp_path: Path
) -> None:
    store, tables, clock, _ = on_the_way
    seen = []
    for image in ("c.png", "a.png", "b.png", "a.png"):
        clock.now += 10_000
        tables.note(saved(store, image))
        seen.append(names_in(tmp_path / "images.csv"))
    assert seen == [["c.png"], ["c.png", "a.png"], ["c.png", "a.png", "b.png"], ["a.png", "b.png", "c.png"]]


def test_tables_that_another_program_wrote_are_written_anew(
    on_the_way: tuple[ResultStore, TablesOnTheWay, Clock, list[float]], tmp_path: Path
) -> None:
    store, tables, clock, _ = on_the_way
    for image in ("c.png", "b.png"):
        clock.now += 10_000
        tables.note(saved(store, image))
    (tmp_path / "images.csv").write_text("image\n")
    clock.now += 10_000
    tables.note(saved(store, "a.png"))
    assert names_in(tmp_path / "images.csv") == ["a.png", "b.png", "c.png"]


def test_writing_takes_no_more_than_its_share_of_a_run(
    on_the_way: tuple[ResultStore, TablesOnTheWay, Clock, list[float]],
) -> None:
    store, tables, clock, written = on_the_way
    for number in range(400):
        clock.now += 1.0
        tables.note(saved(store, f"{number}.png"))
    assert 2 <= len(written) <= SHARE * clock.now
    assert all(later - earlier > 100 for earlier, later in pairwise(written))


def test_progress_tells_rate_time_left_and_counts() -> None:
    clock, said = Clock(), []
    watch = EveryMinute(Progress(1000, clock), said.append, clock)
    for _ in range(500):
        watch(FilmDone("a.png", "ok", measured=False))
    assert said == []
    for number in range(100):
        clock.now += 1.0
        watch(FilmDone(f"{number}.png", "review" if number % 2 else "ok"))
    assert said == ["560 of 1,000 films; 530 ok, 30 review, 0 refused, 0 failed; 1.0 films/s, 7 min 20 s left"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s"), (65, "1 min 5 s"), (3600, "1 h"), (3 * 3600 + 300, "3 h 5 min"), (90000, "1 d 1 h")],
)
def test_durations_are_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def control_group(tmp_path: Path, own: str, files: dict[str, str]) -> tuple[Path, Path]:
    (tmp_path / "own").write_text(own)
    for name, content in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "own", tmp_path / "cgroup"


@pytest.mark.parametrize(
    ("own", "files", "cores"),
    [
        ("0::/a/b\n", {"a/cpu.max": "150000 100000\n", "a/b/cpu.max": "max 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("3:cpu,cpuacct:/job\n", {"cpu/job/cpu.cfs_quota_us": "300000", "cpu/job/cpu.cfs_period_us": "100000"}, 3),
        ("3:cpu,cpuacct:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ("", {}, 64),
    ],
)
def test_cores_are_those_of_the_control_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, files: dict[str, str], cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)), raising=False)
    assert available_cores(*control_group(tmp_path, own, files)) == cores


def test_cores_are_no_more_than_the_affinity_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3}, raising=False)
    assert available_cores() == 1


def test_a_folder_of_the_version_before_is_brought_up_to_date(results: Path) -> None:
    with closing(sqlite3.connect(results / "results.sqlite")) as database, database:
        summary = "SELECT image, lowest_quality, measured_values FROM images ORDER BY image"
        expected = database.execute(summary).fetchall()
        for column in ("patient", "lowest_quality", "measured_values"):
            database.execute(f"ALTER TABLE images DROP COLUMN {column}")
        database.execute("ALTER TABLE sources DROP COLUMN stamp")
        database.execute("PRAGMA user_version = 2")
    with closing(ResultStore(results / "results.sqlite")) as store:
        assert store.count() == 4
    with closing(sqlite3.connect(results / "results.sqlite")) as database:
        found = database.execute(summary).fetchall()
    assert [(image, quality) for image, quality, _ in found] == [(image, quality) for image, quality, _ in expected]
    assert [json.loads(values) for *_, values in found] == [json.loads(values) for *_, values in expected]


KEY = "0123456789abcdef0123456789abcdef"


def film_of(path: Path, patient: str) -> Path:
    """A small DICOM file of a patient."""
    film = dcmread(get_testdata_file("CT_small.dcm"))
    film.PatientID, film.PatientName = patient, f"{patient}^Anna"
    film.InstanceNumber = len(path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    film.save_as(path)
    return path


def everything_in(folder: Path) -> bytes:
    return b"".join(str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*"))


def test_with_pseudonyms_no_name_is_in_the_results_and_films_of_one_patient_are_linked(
    tmp_path: Path, measured: list[str]
) -> None:
    for name, patient in (("mueller/one.dcm", "MUELLER"), ("mueller/two.dcm", "MUELLER"), ("vogt.dcm", "VOGT")):
        film_of(tmp_path / "films" / name, patient)
    (tmp_path / "films" / "krause.png").write_bytes(b"\0")
    (tmp_path / "key").write_text(KEY + "\n")
    out, log = tmp_path / "out", tmp_path / "log"
    arguments = ["measure", tmp_path / "films", "-o", out, "--pseudonyms", tmp_path / "key", "--log", log]
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    written = (everything_in(out).replace(str(out).encode(), b"") + log.read_bytes()).lower()
    for name in (b"mueller", b"vogt", b"krause", b"anna", b"one.dcm", b"films/", KEY.encode()):
        assert name not in written
    with (out / "images.csv").open(newline="", encoding="utf-8") as file:
        patients = {row["image"]: row["patient"] for row in csv.DictReader(file)}
    names = Pseudonyms(KEY.encode())
    one, two, other, none = (
        patients[names.of_image(name)] for name in ("mueller/one.dcm", "mueller/two.dcm", "vogt.dcm", "krause.png")
    )
    assert one == two != other
    assert none == ""
    measured.clear()
    assert CliRunner().invoke(app, list(map(str, arguments))).exit_code == 0
    assert measured == []


def test_names_do_not_come_into_a_folder_of_pseudonyms(films: Path, tmp_path: Path, measured: list[str]) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "other").write_text(KEY[::-1])

    def status(*more: object) -> int:
        arguments = ["measure", films, "-o", tmp_path / "out", *more]
        return CliRunner().invoke(app, list(map(str, arguments))).exit_code

    assert status("--pseudonyms", tmp_path / "key") == 0
    assert status() == 2
    assert status("--pseudonyms", tmp_path / "other") == 2
    (tmp_path / "out" / "key").write_text(KEY)
    assert status("--pseudonyms", tmp_path / "out" / "key") == 2
    (tmp_path / "short").write_text("secret")
    assert status("--pseudonyms", tmp_path / "short") == 2
