"""A patient's numbers from film to film: what is called a change, which curve is which, and the command."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO, CARINA_ANGLE, COBB_ANGLE, HEART_WIDTH
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Analysis, Grid, Measurement, Point
from radcaliper.pipelines.cli import app
from radcaliper.pipelines.comparison.change import Verdict, change_of
from radcaliper.pipelines.comparison.matching import match_curves, match_measurements
from radcaliper.pipelines.comparison.table import COLUMNS
from radcaliper.pipelines.comparison.visits import BadVisits, Visit, by_patient, compared_pairs, read_visits
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.export import write_reviewed_tables
from radcaliper.pipelines.review.folder import ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review
from radcaliper.pipelines.review.remeasure import remeasure

MM = Grid(1.0, 1.0, "mm")


def number(spec: MeasurementSpec, value: float, half: float = 1.0, grid: Grid = MM) -> Measurement:
    return Measurement.of(spec.value(value, grid), (value - half, value + half), "", ())


def curve(site: str, angle: float, ends: tuple[int, int], convex: str = "right") -> Measurement:
    names = {"upper": f"vertebra_{ends[0]:02d}", "lower": f"vertebra_{ends[1]:02d}", "convex": convex}
    value = COBB_ANGLE.value(angle, Grid(), site=site, method="vertebral_tilt", details=names)
    return Measurement.of(value, (angle - 4, angle + 4), "", ())


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(20, 31, Verdict.INCREASE), (31, 20, Verdict.DECREASE), (20, 24.9, Verdict.WITHIN_NOISE)],
)
def test_a_cobb_angle_has_changed_from_five_degrees_beyond_both_intervals(
    before: float, after: float, verdict: Verdict
) -> None:
    earlier, later = curve("curve_1", before, (5, 11)), curve("curve_1", after, (5, 11))
    change = change_of(COBB_ANGLE, earlier, later)
    assert change.verdict is verdict
    assert change.value == pytest.approx(after - before)
    assert change.interval == pytest.approx((after - before - 32**0.5, after - before + 32**0.5))


def test_a_change_beyond_noise_within_the_interval_is_none() -> None:
    assert change_of(COBB_ANGLE, curve("curve_1", 20, (5, 11)), curve("curve_1", 25.5, (5, 11))).verdict is (
        Verdict.WITHIN_NOISE
    )


def test_a_change_beyond_the_intervals_within_readers_noise_is_none() -> None:
    earlier, later = (number(CARDIOTHORACIC_RATIO, value, 0.001) for value in (0.48, 0.50))
    assert change_of(CARDIOTHORACIC_RATIO, earlier, later).verdict is Verdict.WITHIN_NOISE


@pytest.mark.parametrize(
    ("earlier", "later", "reason"),
    [
        (number(HEART_WIDTH, 100), None, "not_measured"),
        (number(HEART_WIDTH, 100), Measurement.refused(HEART_WIDTH, "", "mask", "missing_structure"), "refused"),
        (Measurement.absent(HEART_WIDTH, "", "mask", "ett_absent"), number(HEART_WIDTH, 100), "absent"),
        (number(HEART_WIDTH, 100), number(HEART_WIDTH, 100, grid=Grid()), "other_unit"),
        (number(HEART_WIDTH, 100, grid=Grid()), number(HEART_WIDTH, 100, grid=Grid()), "no_spacing"),
    ],
)
def test_what_cannot_be_compared_says_why(earlier: Measurement, later: Measurement | None, reason: str) -> None:
    change = change_of(HEART_WIDTH, earlier, later)
    assert (change.verdict, change.reason, change.value) == (Verdict.NOT_COMPARABLE, reason, None)


def test_a_number_without_interval_has_a_difference_and_no_verdict() -> None:
    earlier, later = (Measurement.of(CARINA_ANGLE.value(v, MM), None, "", ()) for v in (60.0, 75.0))
    change = change_of(CARINA_ANGLE, earlier, later)
    assert (change.value, change.verdict, change.reason) == (15.0, Verdict.NOT_COMPARABLE, "no_interval")


def test_curves_are_found_again_by_side_and_vertebrae_not_by_size() -> None:
    earlier = [curve("curve_1", 40, (4, 10)), curve("curve_2", 30, (10, 16), "left")]
    later = [curve("curve_1", 45, (11, 16), "left"), curve("curve_2", 38, (5, 10)), curve("curve_3", 8, (1, 4), "left")]
    assert match_curves(earlier, later) == {"curve_1": "curve_2", "curve_2": "curve_1"}
    pairs = [(a and a.value, b and b.value) for a, b in match_measurements(earlier, later)]
    assert pairs == [(40, 38), (30, 45), (None, 8)]


def test_a_curve_that_is_gone_is_compared_with_nothing() -> None:
    pairs = match_measurements([curve("curve_1", 20, (4, 10))], [curve("curve_1", 20, (4, 10), "left")])
    assert [(a is None, b is None) for a, b in pairs] == [(False, True), (True, False)]


def test_visits_are_compared_from_film_to_film_and_from_first_to_last() -> None:
    visits = [
        Visit.model_validate({"image": name, "patient": "p", "date": day})
        for name, day in (("c", "2026-03-01"), ("a", "2026-01-01"), ("b", "20260201"))
    ]
    (films,) = by_patient(visits).values()
    assert [(a.image, b.image) for a, b in compared_pairs(films)] == [("a", "b"), ("b", "c"), ("a", "c")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,patient\na,p\n", "no column date"),
        ("image,patient,date\na,p,yesterday\n", "line 2: date is 'yesterday'"),
        ("image,patient,date\na,,2026-01-01\n", "line 2: patient is ''"),
        ("image,patient,date\na,p,2026-01-01\na,p,2026-02-01\n", "names a twice"),
    ],
)
def test_a_bad_list_of_films_is_refused_in_a_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadVisits, match=words):
        read_visits(path)


@pytest.fixture
def two_visits(tmp_path: Path, spine_analysis: Analysis, save_results: Callable[..., Path]) -> Path:
    """Results of two films of a spine, every Cobb angle 12 degrees larger on the second."""

    def worse(each: Measurement) -> Measurement:
        if each.spec is not COBB_ANGLE or each.value is None or each.interval is None:
            return each
        low, high = each.interval
        return replace(each, value=each.value + 12, lower=low + 12, upper=high + 12)

    later = replace(spine_analysis, image="later.png", measurements=tuple(map(worse, spine_analysis.measurements)))
    return save_results(tmp_path / "out", [spine_analysis, later])


def compared(out: Path, text: str) -> Result:
    by = out.parent / "patients.csv"
    by.write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["compare", str(out), "--by", str(by)])


def test_the_command_writes_table_and_pictures(two_visits: Path) -> None:
    ran = compared(two_visits, "image,patient,date\nlater.png,A/1,2026-06-01\nspine.png,A/1,2026-01-01\n")
    assert ran.exit_code == 0, ran.output
    with (two_visits / "changes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    verdicts = {(row["measurement"], row["site"], row["method"]): row for row in rows}
    main = verdicts["cobb_angle", "curve_1", "vertebral_tilt"]
    assert (main["verdict"], main["patient"], main["earlier_date"]) == ("increase", "A/1", "2026-01-01")
    assert float(main["change"]) == pytest.approx(12, abs=1e-4)
    assert verdicts["cobb_angle_aasce", "main", "vertebral_tilt"]["verdict"] == "within_noise"
    assert (two_visits / "changes" / "A_1.png").stat().st_size > 1000


def test_a_signed_value_is_what_is_compared(two_visits: Path) -> None:
    folder = ResultsFolder(two_visits)
    film = folder.open_film("later.png", "Ada")
    corner = film.analysis.landmarks["vertebra_05_tl"].point
    edits = Edits().with_landmarks({"vertebra_05_tl": Point(corner.row + 20, corner.col)})
    review = Review("later.png", film.sha256, Decision.CORRECTED, "Ada", edits=edits)
    folder.sign(film, review, remeasure(film.analysis, edits).measurements)
    write_reviewed_tables(folder)
    compared(two_visits, "image,patient,date\nlater.png,p,2026-06-01\nspine.png,p,2026-01-01\n")
    with (two_visits / "measurements.csv").open(newline="", encoding="utf-8") as file:
        signed = [row for row in csv.DictReader(file) if row["corrected_value"] and row["image"] == "later.png"]
    with (two_visits / "changes.csv").open(newline="", encoding="utf-8") as file:
        later = {(row["measurement"], row["later_site"], row["method"]): row["later"] for row in csv.DictReader(file)}
    assert signed
    for row in signed:
        key = row["measurement"], row["site"], row["method"]
        assert float(later[key]) == pytest.approx(float(row["corrected_value"]))


def test_the_command_names_a_film_that_is_not_there(two_visits: Path) -> None:
    ran = compared(two_visits, "image,patient,date\nx.png,p,2026-01-01\nspine.png,p,2026-02-01\n")
    assert ran.exit_code == 2
    assert "x.png is not among the results" in ran.output
