"""Results in other formats: what is written follows from the database, and films come one after another."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from radcaliper.measurements.types import Analysis
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.results.exports.registry import EXPORTERS
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
