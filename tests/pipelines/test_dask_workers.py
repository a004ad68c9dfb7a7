"""Films measured by the workers of a real Dask scheduler: real processes that run in folders of their own."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from distributed import Client

from radcaliper.pipelines.running.batch import BatchOptions, Watch, measure_films
from radcaliper.pipelines.running.cluster import _Films
from radcaliper.pipelines.running.discover import FilmFile, find_films
from radcaliper.pipelines.running.faults import RunStopped
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.task import FilmTask

pytestmark = pytest.mark.filterwarnings("ignore")  # distributed's own

DASK = (sys.executable, "-m", "dask")
STUB = """
import os, time
from pathlib import Path
from radcaliper.measurements.types import Status
from radcaliper.pipelines.results.rows import unmeasured_rows
from radcaliper.pipelines.running import cluster
from radcaliper.pipelines.running.film import FilmResult, file_hash
from radcaliper.pipelines.running.task import fingerprint

def measure(task):
    words = task.film.path.read_text()
    content = file_hash(task.film.path)
    if fingerprint(content, task.key) == task.known:
        return None
    with Path("{log}").open("a") as file:
        file.write(task.film.image + " " + str(os.getpid()) + "\\n")
    if words == "kill":
        os._exit(1)
    time.sleep(0.1)
    return FilmResult(unmeasured_rows(task.film.image, Status.REFUSED, "not_a_radiograph", "stub", content))

cluster.measure = measure
"""
"""What a worker loads before its work: a measurer that needs no network, writes down what it does, and may crash."""


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(exist_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*DASK, *command, "--no-dashboard"], cwd=folder, **quiet) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def dask_cluster(tmp_path: Path, workers: int, *options: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """The address of a scheduler, and what starts one worker more in a folder of its own."""
    address = tmp_path / "address.json"
    file = ["--scheduler-file", str(address)]
    with ExitStack() as stack:
        stack.enter_context(running(["scheduler", *file, "--port", "0"], tmp_path / "scheduler"))
        while not (address.is_file() and address.stat().st_size):
            time.sleep(0.1)

        def start() -> object:
            started.append(0)
            command = ["worker", *file, "--nthreads", "1", *options]
            return stack.enter_context(running(command, tmp_path / f"worker_{len(started)}"))

        started: list[int] = []
        for _ in range(workers):
            start()
        with Client(scheduler_file=str(address), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=300)
            location = client.scheduler.address
        yield location, start


def rows_of(out: Path) -> dict[str, dict[str, str]]:
    with (out / "images.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_image = {row["image"]: row for row in rows}
    assert len(by_image) == len(rows)
    return by_image


def write_stub(tmp_path: Path) -> tuple[Path, Path]:
    """(the stub, what it writes down)."""
    stub, log = tmp_path / "stub.py", tmp_path / "log.txt"
    stub.write_text(STUB.replace("{log}", str(log)))
    log.touch()
    return stub, log


def written_films(folder: Path, count: int, killers: tuple[int, ...] = ()) -> tuple[FilmFile, ...]:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:02d}.png").write_text("kill" if number in killers else f"film {number}")
    return find_films([folder], folder.parent / "out").films


class CountingClient:
    """A client of three threads on two workers that takes films and never gives one back."""

    def __init__(self) -> None:
        self.handed_out = 0

    def subscribe_topic(self, topic: str, handler: object) -> None:
        pass

    def nthreads(self) -> dict[str, int]:
        return {"a": 1, "b": 2}

    def submit(self, *task: object, **how: object) -> Future[None]:
        self.handed_out += 1
        return Future()


def test_no_more_films_are_handed_out_than_workers_can_hold() -> None:
    client = CountingClient()
    tasks = (FilmTask(FilmFile(f"{n}.png", Path(f"{n}.png")), FilmOptions(), "") for n in range(1000))
    films = _Films(client, tasks)
    assert films.send()
    assert films.send()
    assert client.handed_out == 2 * 3


@pytest.mark.slow
def test_relative_paths_are_found_by_workers_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("films").mkdir()
    cv2.imwrite("films/black.png", np.zeros((400, 400), np.uint8))
    Path("films/letter.png").write_text("Dear colleague")
    films = find_films([Path("films")], Path("out")).films
    with dask_cluster(tmp_path, 1) as (address, _):
        options = BatchOptions(FilmOptions("chest"), scheduler=address)
        assert measure_films(films, Path("out"), options).counts == {"refused": 1, "failed": 1}
    errors = {image: row["error"] for image, row in rows_of(Path("out")).items()}
    assert errors == {"black.png": "", "letter.png": "not a readable image"}


@pytest.mark.slow
def test_a_worker_is_killed_and_no_film_is_lost_or_doubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stub, log = write_stub(tmp_path)
    films = written_films(Path("films"), 30)
    seen: list[int] = []
    with dask_cluster(tmp_path, 2, "--no-nanny", "--preload", str(stub)) as (address, _):

        def on_film(_: object) -> None:
            seen.append(0)
            if len(seen) == 5:
                process = int(log.read_text().splitlines()[-1].split()[1])
                os.kill(process, signal.SIGKILL)

        counts = measure_films(films, Path("out"), BatchOptions(scheduler=address), Watch(on_film)).counts
    assert counts == {"refused": 30}
    assert len(seen) == 30
    assert set(rows_of(Path("out"))) == {film.image for film in films}
    assert len({line.split()[1] for line in log.read_text().splitlines()}) == 2


@pytest.mark.slow
def test_a_film_that_kills_two_workers_is_set_aside(tmp_path: Path) -> None:
    stub, log = write_stub(tmp_path)
    films = written_films(tmp_path / "films", 12, killers=(3,))
    out = tmp_path / "out"
    with dask_cluster(tmp_path, 2, "--preload", str(stub)) as (address, _):  # a nanny starts a dead worker anew
        options = BatchOptions(scheduler=address)
        assert measure_films(films, out, options).counts == {"refused": 11, "failed": 1}
        killer = rows_of(out)["03.png"]
        assert (killer["status"], killer["reasons"]) == ("failed", "worker_killer")
        tried = Counter(line.split()[0] for line in log.read_text().splitlines())
        assert tried["03.png"] >= 2
        measure_films(films, out, options)
        assert Counter(line.split()[0] for line in log.read_text().splitlines()) == tried  # it is not tried again
        (tmp_path / "films" / "03.png").write_text("a better copy")
        assert measure_films(films, out, options).counts == {"refused": 12}


@pytest.mark.slow
def test_retry_failed_tries_a_worker_killer_again(tmp_path: Path) -> None:
    stub, log = write_stub(tmp_path)
    films = written_films(tmp_path / "films", 2, killers=(1,))
    with dask_cluster(tmp_path, 1, "--preload", str(stub)) as (address, _):
        measure_films(films, tmp_path / "out", BatchOptions(scheduler=address))
        once = log.read_text().count("01.png")
        again = BatchOptions(scheduler=address, retry_failed=True)
        assert measure_films(films, tmp_path / "out", again).counts == {"refused": 1, "failed": 1}
        assert log.read_text().count("01.png") > once


@pytest.mark.slow
def test_a_scheduler_that_dies_stops_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    stub, log = write_stub(tmp_path)
    films = written_films(tmp_path / "films", 40)
    with dask_cluster(tmp_path, 1, "--preload", str(stub)) as (address, _):
        with Client(address, set_as_default=False) as client:
            scheduler = client.run_on_scheduler(os.getpid)
        seen: list[object] = []

        def on_film(done: object) -> None:
            seen.append(done)
            if len(seen) == 3:
                os.kill(scheduler, signal.SIGKILL)

        with pytest.raises(RunStopped, match="scheduler was lost"):
            measure_films(films, tmp_path / "out", BatchOptions(scheduler=address), Watch(on_film))
    kept = len(rows_of(tmp_path / "out"))
    assert 3 <= kept < 40
    (tmp_path / "again").mkdir()
    with dask_cluster(tmp_path / "again", 1, "--preload", str(stub)) as (address, _):
        assert measure_films(films, tmp_path / "out", BatchOptions(scheduler=address)).counts == {"refused": 40}
    assert len(log.read_text().splitlines()) < 40 + kept


@pytest.mark.slow
def test_films_that_workers_do_not_see_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FilmFile, "__reduce__", lambda film: (FilmFile, (film.image, Path("/nowhere"))), raising=False)
    films = written_films(tmp_path / "films", 1)
    with dask_cluster(tmp_path, 1) as (address, _), pytest.raises(RunStopped, match="does not see"):
        measure_films(films, tmp_path / "out", BatchOptions(scheduler=address))


@pytest.mark.slow
def test_a_worker_of_another_version_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radcaliper.pipelines.running.batch.options_key", lambda options: "of another version")
    films = written_films(tmp_path / "films", 1)
    with dask_cluster(tmp_path, 1) as (address, _), pytest.raises(RunStopped, match="another version"):
        measure_films(films, tmp_path / "out", BatchOptions(scheduler=address))


@pytest.mark.slow
def test_a_local_cluster_measures_through_the_same_code(tmp_path: Path) -> None:
    films = written_films(tmp_path / "films", 3)
    options = BatchOptions(FilmOptions("chest"), workers=2, scheduler="local")
    assert measure_films(films, tmp_path / "out", options).counts == {"failed": 3}


def test_a_scheduler_that_does_not_answer_stops_the_run(tmp_path: Path) -> None:
    import dask

    films = written_films(tmp_path / "films", 1)
    options = BatchOptions(FilmOptions("chest"), scheduler="tcp://127.0.0.1:1")
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(RunStopped, match="scheduler"):
        measure_films(films, tmp_path / "out", options)
