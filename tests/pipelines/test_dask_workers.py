"""Films measured by Dask workers that run in another folder."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.pipelines.running.batch import BatchOptions, measure_films
from radcaliper.pipelines.running.discover import find_films
from radcaliper.pipelines.running.faults import RunStopped
from radcaliper.pipelines.running.film import FilmOptions


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with one worker, which runs in a folder of its own."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    address = elsewhere / "address.json"
    dask = [sys.executable, "-m", "dask"]
    told = {"cwd": elsewhere, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    file = ["--scheduler-file", str(address)]
    with subprocess.Popen([*dask, "scheduler", *file, "--port", "0", "--no-dashboard"], **told) as serving:
        with subprocess.Popen([*dask, "worker", *file, "--nthreads", "2", "--no-dashboard"], **told) as working:
            for _ in range(300):
                if address.is_file() and address.stat().st_size:
                    break
                time.sleep(0.1)
            from distributed import Client

            with Client(scheduler_file=str(address)) as client:
                yield client.scheduler.address
            working.terminate()
        serving.terminate()


@pytest.mark.filterwarnings("ignore")  # distributed's own
def test_relative_paths_are_found_by_workers_in_another_folder(
    tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("films").mkdir()
    cv2.imwrite("films/black.png", np.zeros((400, 400), np.uint8))
    Path("films/letter.png").write_text("Dear colleague")
    films = find_films([Path("films")], Path("out")).films
    options = BatchOptions(FilmOptions("chest"), scheduler=scheduler)
    assert measure_films(films, Path("out"), options).counts == {"refused": 1, "failed": 1}
    with Path("out/images.csv").open(newline="", encoding="utf-8") as file:
        errors = {row["image"]: row["error"] for row in csv.DictReader(file)}
    assert errors == {"black.png": "", "letter.png": "not a readable image"}


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_stops_the_run(tmp_path: Path) -> None:
    import dask

    (tmp_path / "a.png").write_text("Dear colleague")
    films = find_films([tmp_path / "a.png"], tmp_path / "out").films
    options = BatchOptions(FilmOptions("chest"), scheduler="tcp://127.0.0.1:1")
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(RunStopped, match="scheduler"):
        measure_films(films, tmp_path / "out", options)
