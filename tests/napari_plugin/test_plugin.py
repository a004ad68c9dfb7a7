"""The manifest's contributions: reader, writer, samples, and measuring from the viewer."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot


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
    from radcaliper.napari_plugin.writer import write_numbers

    read = get_reader(str(results))
    assert read is not None
    (written,) = write_numbers(str(tmp_path / "film.csv"), read(str(results)))
    with Path(written).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["image"] for row in rows} == {"chest.png"}
    assert "corrected_value" in rows[0]
    with pytest.raises(ValueError, match="not those of one measured film"):
        write_numbers(str(tmp_path / "other.csv"), [(np.zeros((9, 9)), {"name": "film"}, "image")])


def test_the_sample_is_measured_and_opens_in_review(
    viewer: Any, tmp_path: Path, settle: Callable[[Any], None], qtbot: QtBot
) -> None:
    from radcaliper.napari_plugin.review_widget import ReviewWidget

    viewer.open_sample("radcaliper", "chest")
    _, measure = viewer.window.add_plugin_dock_widget("radcaliper", "Measure")
    measure.out.value = tmp_path / "out"
    measure.start.native.click()
    assert measure.cancel.enabled
    window = viewer.window._qt_window
    qtbot.waitUntil(lambda: bool(window.findChildren(ReviewWidget)), timeout=400_000)
    (review,) = window.findChildren(ReviewWidget)
    settle(review)
    ratio = review.desk.remeasured.numbers[0].now
    assert ratio.measurement == "cardiothoracic_ratio"
    assert ratio.value == pytest.approx(0.51, abs=0.03)
    assert "Heart" in viewer.layers
    review.close()
    measure.close()


def test_a_layer_that_is_no_film_is_told_of_and_closing_stops_a_run(
    viewer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[BaseException] = []
    monkeypatch.setattr("radcaliper.napari_plugin.measure_widget.tell", told.append)
    _, measure = viewer.window.add_plugin_dock_widget("radcaliper", "Measure")
    measure.out.value = tmp_path / "out"
    measure.measure()
    viewer.add_image(np.zeros((3, 90, 90)))
    measure.measure()
    assert [type(error) for error in told] == [ValueError, ValueError]
    viewer.open_sample("radcaliper", "hip")
    measure.measure()
    process = measure._run._process
    measure.close()
    assert process.wait(200) == 0
