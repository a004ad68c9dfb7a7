"""Results in other formats: what is written follows from the database, and films come one after another."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pandas as pd
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from typer.testing import CliRunner

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.results.exports.coco import box_of
from radcaliper.pipelines.results.exports.document import SCHEMA, SCHEMA_VERSION, schema, schema_text
from radcaliper.pipelines.results.exports.registry import EXPORTERS
from radcaliper.pipelines.results.exports.rle import mask_of_row_runs, row_runs
from radcaliper.pipelines.results.rows import COLUMNS
from radcaliper.pipelines.results.stored import open_results


def export(out: Path, *formats: str, status: int = 0) -> str:
    """Run ``radcaliper export``; what it said."""
    done = CliRunner().invoke(app, ["export", str(out), *formats])
    assert done.exit_code == status, done.output
    return done.output


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_format_has_its_option() -> None:
    help_text = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "200"}).output
    assert [name for name in EXPORTERS if f"--{name}" not in help_text] == []


def test_films_come_with_their_own_rows(results: Path, chest_analysis: Analysis) -> None:
    with open_results(results) as stored:
        films = list(stored.films())
    assert [film.image for film in films] == ["broken.png", "chest.png", "second.png", "spine.png"]
    for film in films:
        rows = (*film.structures, *film.measurements, *film.landmarks)
        assert {row["image"] for row in rows} == {film.image}
        assert film.file is not None and film.file.is_file()
    assert len(films[1].measurements) == len(chest_analysis.measurements)


def test_tables_are_written_anew_as_they_were(results: Path) -> None:
    before = {path.name: path.read_bytes() for path in results.glob("*.csv")}
    for path in results.glob("*.csv"):
        path.unlink()
    export(results)
    assert {path.name: path.read_bytes() for path in results.glob("*.csv")} == before
    assert (results / "report.html").is_file()


def test_a_folder_without_results_is_bad_usage(tmp_path: Path) -> None:
    assert "holds no results" in export(tmp_path, status=2)


def test_wide_has_a_column_for_each_number(results: Path, chest_analysis: Analysis) -> None:
    export(results, "--wide")
    films = {row["image"]: row for row in table(results / "export" / "wide.csv")}
    described = {row["column"]: row for row in table(results / "export" / "wide_columns.csv")}
    assert set(films["chest.png"]) == set(described)
    ratio = chest_analysis.measurements[0]
    assert float(films["chest.png"]["cardiothoracic_ratio"]) == pytest.approx(ratio.value, abs=1e-5)
    assert films["spine.png"]["cardiothoracic_ratio"] == ""
    assert described["heart_width_mm"]["unit"] == "mm"
    assert "heart" in described["heart_width_mm"]["definition"].lower()
    assert described["cobb_angle_curve_1_endplates_deg"]["method"] == "endplates"


def masks_of(out: Path, image: str) -> dict[str, np.ndarray]:
    with open_results(out) as stored:
        return next(stored.masks(film) for film in stored.films() if film.image == image)


def test_parquet_holds_what_the_tables_hold(results: Path) -> None:
    export(results, "--parquet")
    for name in COLUMNS:
        written = pd.read_parquet(results / "export" / "parquet" / f"{name}.parquet")
        expected = pd.read_csv(results / f"{name}.csv")
        assert list(written) == list(expected)
        assert len(written) == len(expected)
        for column in written.select_dtypes("number"):
            np.testing.assert_allclose(written[column], expected[column])
        assert written["image"].tolist() == expected["image"].tolist()


def test_the_published_schema_is_that_of_the_documents() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "write schema_text() to film.schema.json"
    assert schema()["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_a_document_follows_the_schema_and_says_how_numbers_came_about(results: Path, chest_analysis: Analysis) -> None:
    export(results, "--json")
    folder = results / "export" / "json"
    documents = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.png.json")}
    for document in documents.values():
        jsonschema.validate(document, json.loads((folder / "film.schema.json").read_text()))
    ratio = documents["chest.png"]["measurements"][0]
    expected = chest_analysis.measurements[0]
    assert ratio["value"] == pytest.approx(expected.value, abs=1e-5)
    assert [each["name"] for each in ratio["steps"]["structures"]] == ["right_lung", "left_lung", "heart"]
    assert [(each["row"], each["col"]) for each in ratio["steps"]["points"]] == [tuple(p) for p in expected.points]
    assert ratio["steps"]["limit"]["words"] == ["normal", "enlarged"]
    assert ratio["steps"]["rule"] == expected.spec.definition
    cobb = next(each for each in documents["spine.png"]["measurements"] if each["name"] == "cobb_angle")
    assert {cobb["details"]["upper"], cobb["details"]["lower"]} <= {
        each["name"] for each in cobb["steps"]["structures"]
    }


@pytest.mark.filterwarnings("ignore:__array__")
def test_coco_s_own_tools_read_the_masks(results: Path) -> None:
    from pycocotools.coco import COCO

    export(results, "--coco")
    coco = COCO(results / "export" / "coco.json")
    names = {each["id"]: each["name"] for each in coco.dataset["categories"]}
    (film,) = (each for each in coco.dataset["images"] if each["file_name"] == "chest.png")
    found = {names[each["category_id"]]: each for each in coco.imgToAnns[film["id"]]}
    masks = {name: mask for name, mask in masks_of(results, "chest.png").items() if mask.any()}
    assert found.keys() == masks.keys()
    for name, mask in masks.items():
        np.testing.assert_array_equal(coco.annToMask(found[name]) > 0, mask)
        left, top, width, height = found[name]["bbox"]
        assert mask[top : top + height, left : left + width].sum() == mask.sum() == found[name]["area"]


def test_a_box_is_tight() -> None:
    mask = np.zeros((10, 20), bool)
    mask[2:5, 7:8] = True
    assert box_of(mask) == [7, 2, 1, 3]


@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_run_lengths_of_chexmask_come_back(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(mask_of_row_runs(row_runs(mask), mask.shape), mask)


def test_run_lengths_go_along_rows_from_one() -> None:
    assert row_runs(np.array([[0, 1, 1], [1, 0, 1]], bool)) == "2 3 6 1"


def test_chexmask_s_columns(results: Path) -> None:
    said = export(results, "--rle")
    assert "1 left out: no masks of a chest" in said
    rows = {row["Image ID"]: row for row in table(results / "export" / "chexmask.csv")}
    assert rows.keys() == {"chest.png", "second.png", "broken.png"}
    row, masks = rows["chest.png"], masks_of(results, "chest.png")
    shape = int(row["Height"]), int(row["Width"])
    np.testing.assert_array_equal(mask_of_row_runs(row["Left Lung"], shape), masks["left_lung"])
    assert float(row["Dice RCA (Mean)"]) == 0.85


def test_slicer_s_segments_lie_where_the_masks_do(results: Path) -> None:
    export(results, "--seg-nrrd")
    read = SimpleITK.ReadImage(str(results / "export" / "seg_nrrd" / "chest.png.seg.nrrd"))
    labels = SimpleITK.GetArrayFromImage(read)
    masks = masks_of(results, "chest.png")
    assert read.GetSpacing() == (0.5, 0.5, 1.0)
    assert labels.shape[:3] == (1, *masks["heart"].shape)
    labels = labels.reshape(*masks["heart"].shape, -1)
    seen = [name for name, mask in masks.items() if mask.any()]
    assert {read.GetMetaData(f"Segment{number}_ID") for number in range(len(seen))} == set(seen)
    for number in range(len(seen)):
        name = read.GetMetaData(f"Segment{number}_ID")
        layer, value = (int(read.GetMetaData(f"Segment{number}_{key}")) for key in ("Layer", "LabelValue"))
        np.testing.assert_array_equal(labels[..., layer] == value, masks[name])


def test_films_are_cropped_to_the_lungs_and_dark_around_them(results: Path) -> None:
    said = export(results, "--roi")
    assert "1 left out: no lungs" in said
    assert "1 left out: the file has changed since it was measured" in said
    masks, folder = masks_of(results, "chest.png"), results / "export" / "roi"
    lungs = masks["right_lung"] | masks["left_lung"]
    masked = cv2.imread(str(folder / "masked" / "chest.png.png"), cv2.IMREAD_GRAYSCALE)
    assert not masked[~lungs].any()
    (box,) = (row for row in table(folder / "boxes.csv") if row["image"] == "chest.png")
    row, col, height, width = (int(box[each]) for each in ("row", "col", "height", "width"))
    assert lungs[row : row + height, col : col + width].sum() == lungs.sum()
    assert cv2.imread(str(folder / "cropped" / "chest.png.png"), cv2.IMREAD_GRAYSCALE).shape == (height, width)
