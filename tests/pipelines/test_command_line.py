"""The command as a user runs it, on a real film and on everything that goes wrong."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.results.rows import analysis_rows, unmeasured_rows
from radcaliper.pipelines.results.store import ResultStore


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "radcaliper", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def bad_folder(tmp_path_factory: pytest.TempPathFactory, chest_dicom: Path) -> Path:
    """A good film among files that are none."""
    folder = tmp_path_factory.mktemp("films")
    good = chest_dicom.read_bytes()
    (folder / "good.dcm").write_bytes(good)
    (folder / "胸部.dcm").write_bytes(good)
    (folder / "ward").mkdir()
    (folder / "ward" / "good.dcm").write_bytes(good)
    (folder / "empty.png").write_bytes(b"")
    (folder / "letter.dcm").write_text("Dear colleague")
    (folder / "notes.txt").write_text("not a film")
    cv2.imwrite(str(folder / "tiny.png"), np.zeros((3, 3), np.uint8))
    cv2.imwrite(str(folder / "black.png"), np.zeros((400, 400), np.uint8))
    noise = np.random.default_rng(0).integers(0, 255, (500, 400)).astype(np.uint8)
    cv2.imwrite(str(folder / "noise.png"), noise)
    cv2.imwrite(str(folder / "cut.jpg"), noise)
    whole = (folder / "cut.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    return folder


@pytest.fixture(scope="module")
def measured(
    bad_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("out")
    return out, run("measure", bad_folder, "-o", out)


def test_every_file_has_its_row_and_good_ones_are_measured(
    measured: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = measured
    status = {row["image"]: row["status"] for row in table(out / "images.csv")}
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "1 files passed over" in done.stderr
    assert {name for name, s in status.items() if s == "failed"} == {"empty.png", "letter.dcm", "tiny.png", "cut.jpg"}
    assert status["black.png"] == status["noise.png"] == "refused"
    assert {status[name] for name in ("good.dcm", "ward/good.dcm", "胸部.dcm")} <= {"ok", "review"}


def test_failures_are_one_clear_line(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    rows = table(measured[0] / "images.csv")
    errors = [row["error"] for row in rows if row["status"] == "failed"]
    assert all(error and "\n" not in error and "Traceback" not in error for error in errors)


def test_the_same_film_gives_the_same_numbers_wherever_it_lies(
    measured: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    rows = table(measured[0] / "measurements.csv")
    values = {
        name: [(row["measurement"], row["site"], row["value"], row["lower"]) for row in rows if row["image"] == name]
        for name in ("good.dcm", "ward/good.dcm", "胸部.dcm")
    }
    assert values["good.dcm"]
    assert values["good.dcm"] == values["ward/good.dcm"] == values["胸部.dcm"]


def test_masks_and_overlays_lie_beside_the_tables(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, _ = measured
    film = next(row for row in table(out / "images.csv") if row["image"] == "ward/good.dcm")
    mask = cv2.imread(str(out / "masks" / "ward" / "good.dcm" / "heart.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (int(film["height"]), int(film["width"]))
    assert set(np.unique(mask)) == {0, 255}
    assert (out / "overlays" / "胸部.dcm.png").is_file()
    assert not (out / "masks" / "black.png").exists()
    assert "<html" in (out / "report.html").read_text(encoding="utf-8")


def test_a_second_run_goes_on_and_measures_nothing_twice(
    measured: tuple[Path, subprocess.CompletedProcess[str]], bad_folder: Path
) -> None:
    out, _ = measured
    before = (out / "measurements.csv").read_text(encoding="utf-8")
    assert run("measure", bad_folder, "-o", out).returncode == 1
    assert '"films_measured": 0' in (out / "run.json").read_text(encoding="utf-8")
    assert (out / "measurements.csv").read_text(encoding="utf-8") == before


def test_other_thresholds_measure_again_and_say_which_rule_fired(chest_dicom: Path, tmp_path: Path) -> None:
    film, out, rules = tmp_path / "film.dcm", tmp_path / "out", tmp_path / "rules.toml"
    film.write_bytes(chest_dicom.read_bytes())
    rules.write_text("[masks]\nreview_below = 1.0\n[numbers.widest]\ncardiothoracic_ratio = 0.0\n")
    plain = ("measure", film, "-o", out, "--protocol", "chest", "--masks", "none", "--no-overlays")
    assert run(*plain).returncode == 0
    before = {row["measurement"]: row for row in table(out / "measurements.csv")}["cardiothoracic_ratio"]
    assert run(*plain, "--settings", rules).returncode == 0
    facts = (out / "run.json").read_text(encoding="utf-8")
    assert '"films_measured": 1' in facts
    assert '"review_below": 1.0' in facts
    masks = [row for row in table(out / "structures.csv") if row["status"] not in {"refused", "absent"}]
    assert {row["status"] for row in masks} == {"review"}
    assert all("low_quality" in row["reasons"].split(";") for row in masks)
    after = {row["measurement"]: row for row in table(out / "measurements.csv")}["cardiothoracic_ratio"]
    assert {"low_quality", "wide_interval"} <= set(after["reasons"].split(";"))
    assert (after["status"], after["value"]) == ("review", before["value"])


@pytest.mark.parametrize(
    "arguments",
    [("nowhere", "-o", "out"), (".", "-o", "out", "--spacing", "-1"), (".", "-o", "out", "--protocol", "knee"), (".",)],
    ids=["no such path", "bad spacing", "no such protocol", "no output"],
)
def test_bad_usage_is_two(arguments: tuple[str, ...]) -> None:
    done = run("measure", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_models_lists_the_bundles() -> None:
    done = run("models")
    assert done.returncode == 0
    assert "chest_anatomy" in done.stdout


def test_the_version_is_told() -> None:
    ran = run("--version")
    assert ran.returncode == 0
    assert ran.stdout.strip() == f"radcaliper {version('radcaliper')}"


def test_the_last_lines_name_reasons_and_films_to_look_at_first(tmp_path: Path, spine_analysis: Analysis) -> None:
    reviewed = replace(spine_analysis, status=Status.REVIEW, reasons=("low_quality", "rotated"))
    store = ResultStore(tmp_path / "results.sqlite")
    for name, quality in (("b.png", 0.5), ("a.png", 0.7), ("c.png", 0.6)):
        qualities = tuple(replace(each, quality=quality) for each in spine_analysis.qualities)
        store.save(analysis_rows(replace(reviewed, image=name, qualities=qualities), "", 0.1), "")
    store.save(unmeasured_rows("d.png", Status.REFUSED, "rotated", "", ""), "")
    assert store.commonest_reasons(1) == (("rotated", 4),)
    assert store.lowest_quality(2) == ("b.png", "c.png")
