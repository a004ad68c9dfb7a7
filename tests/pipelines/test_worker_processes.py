"""Processes that measure beside a run's own: they answer as it would, and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from radcaliper.models.inference.computing import Computing
from radcaliper.pipelines.running.batch import BatchOptions, Watch, measure_films
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.faults import RunStopped
from radcaliper.pipelines.running.film import FilmOptions
from radcaliper.pipelines.running.task import FilmTask, measure
from radcaliper.pipelines.running.worker_processes import WorkerProcess, worker_processes


def no_film(folder: Path, name: str = "letter.png") -> FilmFile:
    path = folder / name
    path.write_text(f"Dear {name}")
    return FilmFile(name, path)


def test_a_helper_answers_as_this_process_does(tmp_path: Path) -> None:
    task = FilmTask(no_film(tmp_path), FilmOptions("chest"), "key")
    with closing(WorkerProcess()) as worker:
        first, second = worker(task), worker(task)
    assert first == second == measure(task)


def test_what_a_helper_s_machine_lacks_stops_the_run(tmp_path: Path) -> None:
    task = FilmTask(no_film(tmp_path), FilmOptions("chest"), "key", computing=Computing("cuda", "onnxruntime"))
    with closing(WorkerProcess()) as worker, pytest.raises(RunStopped, match="no device cuda"):
        worker(task)


def test_a_helper_that_died_stops_the_run_and_names_the_film(tmp_path: Path) -> None:
    task = FilmTask(no_film(tmp_path), FilmOptions("chest"), "key")
    with worker_processes(1) as (worker,):
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(RunStopped, match=r"died, out of memory or by a crash, at letter\.png"):
            worker(task)


def test_films_are_shared_between_this_process_and_helpers(tmp_path: Path) -> None:
    films = [no_film(tmp_path, f"{number}.png") for number in range(8)]
    here = BatchOptions(FilmOptions("chest"), workers=2)
    taken: list[str] = []
    with closing(WorkerProcess()) as worker:

        def noted(task: FilmTask) -> object:
            taken.append(task.film.image)
            return worker(task)

        counts = measure_films(films, tmp_path / "out", here, Watch(processes=(noted,))).counts
    assert counts == {"failed": 8}
    assert 0 < len(taken) < 8


_STARTS_A_HELPER = """
import time
from radcaliper.pipelines.running.worker_processes import WorkerProcess
print(WorkerProcess().pid, flush=True)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_a_helper_hears_no_interrupt_and_ends_when_its_run_is_killed() -> None:
    command = [sys.executable, "-c", _STARTS_A_HELPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        worker = int(parent.stdout.readline())
        assert os.getpgid(worker) != os.getpgid(parent.pid)
        assert is_running(worker)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while is_running(worker):
        assert time.monotonic() < until, "the worker outlived its run"
        time.sleep(0.05)
