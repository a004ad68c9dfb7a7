"""Vertebrae as wholes: named, added, deleted; and two films compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from radcaliper.measurements.spine.vertebra import vertebra_names, vertebrae_among
from radcaliper.measurements.types import Analysis, Measurement, Point, Status
from radcaliper.pipelines.comparison.compare import compare_measurements
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.numbers import number_groups
from radcaliper.pipelines.review.remeasure import remeasure
from radcaliper.pipelines.review.vertebrae import (
    vertebra_at,
    with_vertebra_added,
    with_vertebra_deleted,
    with_vertebra_named,
)
from radcaliper.pipelines.review.worklist import WorkItem, films_to_compare


def column(*rows: float) -> dict[str, Point]:
    """Corners of vertebrae 20 high and 40 wide whose upper edges lie at these rows."""
    return {
        f"{name}_{corner}": Point(row + down, across)
        for name, row in zip(vertebra_names(len(rows)), rows, strict=True)
        for corner, down, across in (("tl", 0, 0.0), ("tr", 0, 40.0), ("bl", 20, 0.0), ("br", 20, 40.0))
    }


def tops(points: dict[str, Point]) -> list[float]:
    return vertebrae_among(points)[1][:, 0, 0].tolist()


def test_a_level_is_one_of_the_spine_s() -> None:
    with pytest.raises(ValueError, match="not one of"):
        with_vertebra_named(Edits(), "vertebra_01", "T13")


def test_a_vertebra_is_found_by_a_place_in_it() -> None:
    points = column(0, 30)
    assert vertebra_at(points, Point(40, 20)) == "vertebra_02"
    assert vertebra_at(points, Point(25, 20)) == ""


@pytest.mark.parametrize(
    ("above", "expected"), [("", [-30, 0, 30, 60]), ("vertebra_01", [0, 15, 30, 60]), ("vertebra_03", [0, 30, 60, 90])]
)
def test_a_vertebra_is_added_between_its_neighbours_or_beyond_the_last(above: str, expected: list[float]) -> None:
    points = column(0, 30, 60)
    edits = with_vertebra_added(Edits(levels={"vertebra_02": "L1"}), points, above)
    assert tops(edits.landmarks(points)) == expected
    assert edits.levels == {"vertebra_03" if above in ("", "vertebra_01") else "vertebra_02": "L1"}


def test_a_deleted_vertebra_takes_its_corners_and_the_ends_that_were_chosen_on_it() -> None:
    points = column(0, 30, 60, 90)
    chosen = {"curve_1": ("vertebra_01", "vertebra_04"), "curve_2": ("vertebra_02", "vertebra_03")}
    edits = with_vertebra_deleted(Edits(ends=chosen, levels={"vertebra_02": "T5"}), points, "vertebra_02")
    assert tops(edits.landmarks(points)) == [0, 60, 90]
    assert edits.removed == {f"vertebra_04_{corner}" for corner in ("tl", "tr", "bl", "br")}
    assert edits.ends == {"curve_1": ("vertebra_01", "vertebra_03")}
    assert edits.levels == {"vertebra_02": "T6"}
    again = with_vertebra_added(edits, edits.landmarks(points), "vertebra_01")
    assert tops(again.landmarks(points)) == [0, 30, 60, 90]
    assert again.removed == frozenset()
    with pytest.raises(ValueError, match="last vertebra"):
        with_vertebra_deleted(Edits(), column(0), "vertebra_01")


def test_naming_a_vertebra_changes_no_number_and_settles_no_doubt(spine_analysis: Analysis) -> None:
    doubtful = tuple(
        replace(each, status=Status.REVIEW, reasons=("doubtful_vertebra",)) for each in spine_analysis.measurements
    )
    analysis = replace(spine_analysis, measurements=doubtful)
    after = remeasure(analysis, with_vertebra_named(Edits(), "vertebra_01", "T1")).measurements
    assert all(each.corrected_value is None for each in after)
    assert {each.now.reasons for each in after} == {("doubtful_vertebra",)}
    assert after[0].now.details["upper_level"] == "T5"


def test_numbers_are_grouped_and_what_is_not_measured_is_folded(
    spine_analysis: Analysis, chest_analysis: Analysis
) -> None:
    groups = number_groups(remeasure(spine_analysis, Edits()).measurements, spine_analysis)
    assert [group.title for group in groups] == [
        "Curve 1, 5 to 13",
        "Curve 2, 1 to 5",
        "Curve 3, 13 to 17",
        "Cobb angle (AASCE)",
        "Whole film",
    ]
    *measured, missing = number_groups(remeasure(chest_analysis, Edits()).measurements, chest_analysis)
    assert [group.title for group in measured] == ["Whole film", "Right", "Left"]
    assert (missing.folded, missing.title) == (True, f"Not measured ({len(missing.rows)})")
    carina = next(row for row in missing.rows if row.label == "Carina angle")
    assert carina.note == "A structure that the number rests on was not seen."
    assert "missing_structure" in carina.tooltip


def test_changes_are_now_less_then_and_only_in_one_unit(chest_analysis: Analysis) -> None:
    now = remeasure(chest_analysis, Edits()).measurements
    then = remeasure(chest_analysis, Edits().with_landmarks({"heart_left": Point(190.0, 250.5)})).measurements
    later, earlier = ([each.now for each in films] for films in (now, then))
    changes = {change.spec.name: change for change in compare_measurements(earlier, later)}
    assert changes["heart_width"].value == pytest.approx(5.0)
    assert changes["carina_angle"].value is None
    pixels = compare_measurements(list(map(_in_pixels, earlier)), later)
    assert {change.value for change in pixels if "width" in change.spec.name} == {None}
    rows = {row.label: row for group in number_groups(now, chest_analysis, changes.values()) for row in group.rows}
    assert (rows["Heart width"].other, rows["Heart width"].change) == ("55.5 mm", "+5.0 mm")


def _in_pixels(measurement: Measurement) -> Measurement:
    from radcaliper.measurements.types import Unit

    return measurement if measurement.value is None else replace(measurement, unit=Unit.PIXEL)


def test_films_of_the_same_folder_are_offered_first() -> None:
    items = [WorkItem(name, Status.OK, protocol="spine") for name in ("b/1.png", "a/2.png", "a/1.png")]
    items.append(WorkItem("a/3.png", Status.OK, protocol="chest"))
    assert [item.image for item in films_to_compare(items, "a/1.png")] == ["a/2.png", "b/1.png"]
    assert films_to_compare(items, "missing.png") == ()
