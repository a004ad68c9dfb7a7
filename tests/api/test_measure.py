"""``rc.measure`` as a notebook's user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radcaliper as rc
from radcaliper.pipelines.results.exports.document import schema
from radcaliper.pipelines.results.ownership import NotAResultsFolder
from radcaliper.pipelines.results.rows import COLUMNS
from radcaliper.pipelines.review.folder import ResultsFolder


@pytest.fixture(scope="module")
def chest(chest_dicom: Path) -> rc.Result:
    result = rc.measure(str(chest_dicom))
    assert isinstance(result, rc.Result)
    return result


def test_import_is_quick_and_names_are_listed() -> None:
    heavy = (
        "import radcaliper as rc, sys; rc.__all__; dir(rc); print([m for m in ('torch', 'cv2') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert {"measure", "read", "compare", "measure_masks", "measure_landmarks"} <= set(dir(rc))


def test_a_file_gives_a_result(chest: rc.Result, chest_dicom: Path) -> None:
    assert (chest.image, chest.status.value, chest.protocol) == (chest_dicom.name, "ok", "chest")
    ratio = chest.measurement("cardiothoracic_ratio")
    assert ratio.value == pytest.approx(0.51, abs=0.03)
    assert chest.masks["heart"].shape == chest.analysis.radiograph.shape
    assert chest.measurement("lung_area").site == "right"
    assert chest.measurement("lung_area", site="left").value != chest.measurement("lung_area").value


def test_its_repr_is_five_lines(chest: rc.Result) -> None:
    lines = repr(chest).splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) < 160
    assert "cardiothoracic_ratio 0.5" in repr(chest)


def test_its_html_holds_overlay_and_numbers(chest: rc.Result) -> None:
    html = chest._repr_html_()
    assert "data:image/jpeg;base64," in html
    assert "Cardiothoracic ratio" in html
    assert len(html) < 400_000


def test_its_frame_has_the_columns_of_the_table(chest: rc.Result) -> None:
    frame = chest.to_frame()
    assert tuple(frame.columns) == COLUMNS["measurements"]
    assert frame.set_index("measurement").loc["cardiothoracic_ratio", "value"] == pytest.approx(
        chest.measurement("cardiothoracic_ratio").value, abs=1e-5
    )
    assert frame["lower"].dtype == float


def test_it_is_drawn(chest: rc.Result) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.subplots()
    assert chest.plot(axes) is axes
    assert chest.image in axes.get_title()
    assert len(axes.images) == 1


def test_an_array_and_a_radiograph_are_measured_alike(chest: rc.Result, chest_dicom: Path) -> None:
    film = rc.read(chest_dicom)
    of_film, of_array = rc.measure(film, "chest"), rc.measure(film.pixels, "chest", spacing=0.2)
    assert of_film.image == chest_dicom.name
    name = "cardiothoracic_ratio"
    assert of_film.measurement(name).value == pytest.approx(chest.measurement(name).value, abs=1e-6)
    assert of_array.measurement(name).value == pytest.approx(chest.measurement(name).value, abs=1e-6)
    assert of_array.measurement("heart_width").unit == "mm"


def test_a_folder_gives_a_sequence_and_bad_files_stop_nothing(chest_dicom: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film.dcm").write_bytes(chest_dicom.read_bytes())
    (tmp_path / "empty.png").write_bytes(b"")
    results = rc.measure(tmp_path)
    assert isinstance(results, rc.Results)
    assert [(each.image, each.status.value) for each in results] == [("a/film.dcm", "ok"), ("empty.png", "failed")]
    assert results.of("empty.png").error == "the file is empty"
    assert set(results.to_frame().image) == {"a/film.dcm"}
    assert "1 ok, 1 failed" in repr(results)
    assert "empty.png" in results._repr_html_()
    assert isinstance(results[:1], rc.Results)


def test_a_list_of_arrays_gives_a_sequence() -> None:
    results = rc.measure([np.zeros((50, 50)), np.zeros((60, 40))], "spine")
    assert [(each.image, each.reasons) for each in results] == [
        ("film_1", ("blank_film",)),
        ("film_2", ("blank_film",)),
    ]
    assert results.to_frame().empty


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: rc.measure("film.png", protocol="cehst"), ValueError, "no protocol is called 'cehst'; there are auto"),
        (lambda: rc.measure("no/such/film.png"), FileNotFoundError, "no/such/film.png does not exist"),
        (lambda: rc.measure(np.zeros((4, 5, 3))), ValueError, "grey values \\(height, width\\)"),
        (lambda: rc.measure(np.full((9, 9), np.nan)), ValueError, "finite numbers"),
        (lambda: rc.measure(np.array([["a", "b"], ["c", "d"]])), ValueError, "array of numbers"),
        (lambda: rc.measure(np.zeros((9, 9)), spacing=-1), ValueError, "spacing is in mm a pixel"),
        (lambda: rc.measure(7), ValueError, "not int"),  # type: ignore[call-overload]
        (lambda: rc.measure(np.zeros((9, 9))).measurement("cobb"), LookupError, "no measurement is called 'cobb'"),
        (lambda: rc.measure(np.zeros((9, 9))).plot(), ValueError, "there is nothing to draw"),
    ],
)
def test_wrong_input_gets_a_sentence(call: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_file_that_is_no_film_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(rc.UnreadableFilm, match="the file is empty"):
        rc.measure(tmp_path / "empty.png")


def test_a_measurement_without_the_named_site_names_those_there_are(chest: rc.Result) -> None:
    with pytest.raises(LookupError, match="site='right' method='mask'"):
        chest.measurement("lung_area", site="middle")


def test_a_film_is_compared_with_itself(chest: rc.Result) -> None:
    comparison = rc.compare(chest, chest)
    frame = comparison.to_frame()
    assert (frame["change"].dropna() == 0).all()
    assert set(frame["verdict"]) <= {"within_noise", "not_comparable"}
    assert "no change beyond noise" in repr(comparison)
    pytest.importorskip("matplotlib")
    assert len(comparison.plot().axes) == 1


def test_results_are_saved_as_the_command_line_saves_them(chest: rc.Result, tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    out = rc.measure([tmp_path / "empty.png"]).save(tmp_path / "out")
    assert chest.save(out) == out
    frame = pd.read_csv(out / "measurements.csv")
    assert frame.set_index("measurement").loc["cardiothoracic_ratio", "value"] == pytest.approx(
        chest.measurement("cardiothoracic_ratio").value, abs=1e-5
    )
    images = pd.read_csv(out / "images.csv").set_index("image")
    assert images["status"].to_dict() == {chest.image: "ok", "empty.png": "failed"}
    assert images.loc["empty.png", "error"] == "the file is empty"
    assert (out / "overlays" / f"{chest.image}.png").is_file()
    assert (out / "report.html").is_file()
    film = ResultsFolder(out).open_film(chest.image, "Ada")
    assert (film.analysis.prediction.masks["heart"] == chest.masks["heart"]).all()


def test_saving_into_a_folder_of_other_things_is_refused(chest: rc.Result, tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    with pytest.raises(NotAResultsFolder, match="masks"):
        chest.save(tmp_path)


def test_its_document_follows_the_published_schema(chest: rc.Result) -> None:
    document = chest.to_dict()
    assert set(schema()["required"]) <= set(document) <= set(schema()["properties"])
    ratio = next(each for each in document["measurements"] if each["name"] == "cardiothoracic_ratio")
    assert ratio["value"] == pytest.approx(chest.measurement("cardiothoracic_ratio").value, abs=1e-5)
    assert json.loads(json.dumps(document)) == document
