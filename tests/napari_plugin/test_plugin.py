"""The manifest's contributions: reader, writer, samples, and measuring from the viewer."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from radcaliper.measurements.types import Status
from radcaliper.pipelines.running.process import Cancelled


def test_the_manifest_is_valid() -> None:
    done = subprocess.run([sys.executable, "-m", "npe2", "validate", "radcaliper"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_samples_open_windowed_and_scaled_without_a_network(viewer: Any) -> None:
    for sample, shape in (("chest", (1955, 1841)), ("spine", (1600, 800)), ("hip", (1000, 1200))):
        (layer,) = viewer.open_sample("radcaliper", sample)
        assert layer.data.shape == shape
        low, high = layer.contrast_limits
        assert np.mean((layer.data >= low) & (layer.data <= high)) > 0.95
    assert tuple(layer.scale) == (0.4, 0.4)
    assert {str(unit) for unit in layer.units} == {"millimeter"}


def test_a_results_folder_opens_at_its_worst_film(results: Path) -> None:
    from radcaliper.napari_plugin.reader import get_reader

    read = get_reader(str(results))
    assert read is not None
    layers = read(str(results))
    assert [settings["name"] for _, settings, _ in layers[:4]] == ["chest.png", "Right lung", "Left lung", "Heart"]
    assert [kind for _, _, kind in layers[-2:]] == ["shapes", "points"]
    assert all(settings["scale"] == (0.5, 0.5) for _, settings, _ in layers)


def test_a_file_that_is_no_film_is_left_to_others(tmp_path: Path) -> None:
    from radcaliper.napari_plugin.reader import get_reader

    (tmp_path / "notes.txt").write_text("no film")
    assert get_reader(str(tmp_path / "notes.txt")) is None
    assert get_reader(str(tmp_path)) is None


def test_the_writer_writes_the_reviewed_film_s_numbers(results: Path, tmp_path: Path) -> None:
    from radcaliper.napari_plugin.reader import get_reader
    from radcaliper.napari_plugin.writer import write_measurements

    read = get_reader(str(results))
    assert read is not None
    (written,) = write_measurements(str(tmp_path / "film.csv"), read(str(results)))
    with Path(written).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["image"] for row in rows} == {"chest.png"}
    assert "corrected_value" in rows[0]
    with pytest.raises(ValueError, match="not those of one measured film"):
        write_measurements(str(tmp_path / "other.csv"), [(np.zeros((9, 9)), {"name": "film"}, "image")])


def test_the_sample_is_measured_and_opens_in_review(
    viewer: Any, tmp_path: Path, settle: Callable[[Any], None], qtbot: QtBot, shown_errors: list[str]
) -> None:
    viewer.open_sample("radcaliper", "chest")
    _, dock = viewer.window.add_plugin_dock_widget("radcaliper")
    measure, review = dock.measure, dock.review
    measure.out.value = tmp_path / "out"
    measure.start.native.click()
    assert measure.cancel.enabled
    # a network on a busy machine: far more than it ever takes
    qtbot.waitUntil(lambda: bool(shown_errors) or bool(review.session.remeasured.measurements), timeout=1_200_000)
    assert shown_errors == []
    assert dock.tabs.currentIndex() == 1
    settle(review)
    assert shown_errors == []
    ratio = review.session.remeasured.measurements[0].now
    assert ratio.name == "cardiothoracic_ratio"
    assert ratio.value == pytest.approx(0.51, abs=0.03)
    assert review.session.film.analysis.status is Status.OK
    assert [layer.name for layer in viewer.layers if layer.visible] == ["RG1_J2KR.dcm", "masks and lines"]
    assert "chest sample" not in viewer.layers  # the film is there once
    dock.close()


def test_a_layer_that_is_no_film_is_told_of_and_closing_stops_a_run(
    viewer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_errors: list[BaseException] = []
    monkeypatch.setattr("radcaliper.napari_plugin.measure_widget.notify_error", shown_errors.append)
    _, dock = viewer.window.add_plugin_dock_widget("radcaliper")
    measure = dock.measure
    measure.out.value = tmp_path / "out"
    measure.measure()
    viewer.add_image(np.zeros((3, 90, 90)))
    measure.measure()
    assert [type(error) for error in shown_errors] == [ValueError, ValueError]
    viewer.open_sample("radcaliper", "hip")
    measure.measure()
    process = measure._run._process
    dock.close()
    until = time.monotonic() + 200
    while process.exitcode is None and time.monotonic() < until:
        time.sleep(0.1)
    assert process.exitcode == 0


class Run:
    """Stands for the process that measures: a film is done whenever the test says so."""

    def __init__(self, films: list[Any], out: Path, options: Any) -> None:
        self.films, self.out, self.options = films, out, options
        self.steps: Queue[str] = Queue()
        self.cancelled = Event()
        self.ended = Event()

    def run(self, on_film: Callable[[], None]) -> Counter[str]:
        try:
            for _ in self.films:
                self.steps.get(timeout=60)
                if self.cancelled.is_set():
                    raise Cancelled("cancelled: what was measured is kept")
                on_film()
            return Counter(ok=len(self.films))
        finally:
            self.ended.set()

    def cancel(self) -> None:
        self.cancelled.set()
        self.steps.put("stop")


@pytest.fixture
def folder_run(viewer: Any, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Run]:
    """The plugin's dock with a run of a folder of films under way, and that run."""
    monkeypatch.setattr("radcaliper.napari_plugin.measure_widget.MeasuringProcess", Run)
    (tmp_path / "films" / "notes.txt").write_text("no film")
    _, dock = viewer.window.add_plugin_dock_widget("radcaliper")
    measure = dock.measure
    measure.source.value = "folder"
    measure.films.value, measure.out.value = tmp_path / "films", results
    measure.protocol.value = "chest"
    measure.start.native.click()
    return dock, measure._run


def test_a_folder_is_measured_with_its_progress_shown_and_opens_in_review(
    folder_run: tuple[Any, Run], viewer: Any, settle: Callable[[Any], None], qtbot: QtBot, results: Path
) -> None:
    dock, run = folder_run
    measure, review = dock.measure, dock.review
    assert [film.image for film in run.films] == ["broken.png", "chest.png", "second.png", "spine.png"]
    assert (run.out, run.options.protocol, run.options.spacing_mm) == (results, "chest", None)
    assert measure.films.native.isVisibleTo(measure)
    assert measure.cancel.enabled
    assert not measure.start.enabled
    assert (measure.progress.value, measure.progress.max) == (0, 4)
    for done in range(1, 5):
        run.steps.put("next")
        qtbot.waitUntil(lambda done=done: measure.progress.value == done, timeout=60_000)
    qtbot.waitUntil(lambda: bool(review.session.items), timeout=300_000)
    settle(review)
    assert len(review.session.items) == 4
    assert dock.tabs.currentIndex() == 1
    assert measure.start.enabled
    assert not measure.cancel.enabled
    dock.close()


def test_a_cancelled_run_says_so_and_another_may_start(
    folder_run: tuple[Any, Run], qtbot: QtBot, shown_errors: list[str]
) -> None:
    dock, run = folder_run
    measure = dock.measure
    run.steps.put("next")
    qtbot.waitUntil(lambda: measure.progress.value == 1, timeout=60_000)
    measure.cancel.native.click()
    qtbot.waitUntil(lambda: bool(shown_errors), timeout=60_000)
    assert shown_errors == ["cancelled: what was measured is kept"]
    qtbot.waitUntil(lambda: measure.start.enabled, timeout=60_000)
    measure.start.native.click()
    assert measure._run is not run
    assert measure.progress.value == 0
    measure._run.cancel()
    qtbot.waitUntil(lambda: measure.start.enabled, timeout=60_000)
    dock.close()


def test_closing_during_a_run_cancels_it_and_tells_nobody(
    folder_run: tuple[Any, Run], viewer: Any, qtbot: QtBot, shown_errors: list[str]
) -> None:
    dock, run = folder_run
    run.steps.put("next")
    qtbot.waitUntil(lambda: dock.measure.progress.value == 1, timeout=60_000)
    viewer.window.remove_dock_widget(dock)
    assert run.cancelled.is_set()
    assert run.ended.wait(60)
    qtbot.wait(100)
    assert shown_errors == []


def test_an_empty_folder_is_told_of(viewer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown_errors: list[BaseException] = []
    monkeypatch.setattr("radcaliper.napari_plugin.measure_widget.notify_error", shown_errors.append)
    _, dock = viewer.window.add_plugin_dock_widget("radcaliper")
    measure = dock.measure
    measure.source.value = "folder"
    measure.films.value = tmp_path
    measure.measure()
    assert "no radiographs" in str(shown_errors[0])
    measure.close()
