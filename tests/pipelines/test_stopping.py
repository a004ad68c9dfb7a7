"""The command stopped in mid-run, on real films: by a signal, and by a kill."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.pipelines.running.stop_signals import stopping_by_signal

Rows = list[dict[str, str]]
FILMS = 4


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "radcaliper", "measure", *map(str, arguments), "--protocol", "chest"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def finished(*arguments: object) -> int:
    with start(*arguments) as process:
        process.communicate()
    return process.returncode


def kept(out: Path) -> list[str]:
    """The films in the database."""
    if not (out / "results.sqlite").is_file():
        return []
    try:
        with closing(sqlite3.connect(out / "results.sqlite")) as database:
            return [row[0] for row in database.execute("SELECT image FROM images")]
    except sqlite3.OperationalError:  # it is just being created
        return []


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def tables(out: Path) -> dict[str, Rows]:
    """The four tables without what differs from run to run."""
    found = {}
    for name in ("images", "structures", "measurements", "landmarks"):
        with (out / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            found[name] = [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]
    return found


def pictures(out: Path) -> dict[str, bytes]:
    folders = (out / "masks", out / "overlays")
    return {str(p.relative_to(out)): p.read_bytes() for each in folders for p in each.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, chest_dicom: Path) -> Path:
    """Films of one chest, each a little smaller than the other, so that each is another."""
    from radcaliper.pipelines.reading import read_radiograph

    folder = tmp_path_factory.mktemp("films")
    pixels = read_radiograph(chest_dicom).pixels
    grey = ((pixels - pixels.min()) / np.ptp(pixels) * 255).astype(np.uint8)
    for number in range(FILMS):
        side = 600 + 10 * number
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA))
    return folder


@pytest.fixture(scope="module")
def whole(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run that nobody stops leaves."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert finished(films, "-o", out, "--workers", 2) == 0
    assert {row["status"] for row in tables(out)["images"]} <= {"ok", "review"}
    return out


def test_a_signal_ends_a_run_with_whole_films_tables_and_a_word(films: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start(films, "-o", out, "--workers", 1) as process:
        wait_for(lambda: kept(out))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert process.returncode == 3
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    rows = tables(out)
    assert 0 < len(rows["images"]) < FILMS
    complete = tables(whole)
    for name, found in rows.items():
        images = {row["image"] for row in rows["images"]}
        assert found == [row for row in complete[name] if row["image"] in images]
    masks = {path.parent.name for path in (out / "masks").rglob("*.png") if path.is_file()}
    assert masks == {row["image"] for row in rows["images"]}


def test_a_killed_run_goes_on_to_the_same_results(films: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for films_before_the_kill, workers in ((1, 1), (2, 2)):
        with start(films, "-o", out, "--workers", workers) as process:
            wait_for(lambda least=films_before_the_kill: len(kept(out)) >= least)
            process.kill()
            process.communicate()
    assert 0 < len(kept(out)) < FILMS
    assert finished(films, "-o", out) == 0
    assert tables(out) == tables(whole)
    assert pictures(out) == pictures(whole)
    assert not (out / ".parts").exists()


@pytest.fixture
def interrupts() -> Iterator[None]:
    """The usual handler of SIGINT, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=["TERM", "HUP", "INT"])
def test_a_signal_is_heard_and_a_second_one_ends_at_once(number: signal.Signals) -> None:
    default = signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL
    former = signal.signal(number, default)  # the tests may have been started by nohup
    try:
        with stopping_by_signal() as stopping:
            assert not stopping()
            os.kill(os.getpid(), number)
            assert stopping()
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
    finally:
        signal.signal(number, former)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_so() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with stopping_by_signal() as stopping:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stopping()
    finally:
        signal.signal(signal.SIGHUP, former)
