"""Reviews in a results folder: found again, never lost, never over what is automatic."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.measurements.structures import structures_of
from radcaliper.measurements.types import Analysis, Point, Status
from radcaliper.pipelines.reading import UnreadableFilm
from radcaliper.pipelines.results.formats import MaskFormat
from radcaliper.pipelines.results.masks import read_masks
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.export import write_reviewed_masks, write_reviewed_tables
from radcaliper.pipelines.review.folder import CannotReview, OpenFilm, ResultsFolder
from radcaliper.pipelines.review.journal import Decision, Review, ReviewConflict
from radcaliper.pipelines.review.presence import Presence
from radcaliper.pipelines.review.remeasure import remeasure
from radcaliper.pipelines.review.vertebrae import with_vertebra_deleted, with_vertebra_named
from radcaliper.pipelines.review.worklist import Filter, Order, WorkItem, filter_and_sort, progress


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ratio_row(results: Path) -> dict[str, str]:
    """The cardiothoracic ratio of the drawn chest."""
    rows = table(results / "measurements.csv")
    return next(row for row in rows if (row["image"], row["measurement"]) == ("chest.png", "cardiothoracic_ratio"))


def signed(folder: ResultsFolder, film: OpenFilm, edits: Edits, reviewer: str = "Ada", comment: str = "") -> Review:
    decision = Decision.CORRECTED if edits else Decision.ACCEPTED
    review = Review(film.analysis.image, film.sha256, decision, reviewer, comment, edits)
    write_reviewed_masks(folder, folder.sign(film, review, remeasure(film.analysis, edits).measurements))
    write_reviewed_tables(folder)
    return review


def wider_heart(analysis: Analysis) -> Edits:
    heart = analysis.prediction.masks["heart"].copy()
    heart[185:195, 261:271] = True
    return Edits().with_mask("heart", heart)


def test_an_analysis_comes_back_as_it_was_written(results: Path, chest_analysis: Analysis) -> None:
    film = ResultsFolder(results).open_film("chest.png", "Ada")
    assert film.edits.masks == {}
    assert film.analysis.radiograph.spacing == chest_analysis.radiograph.spacing
    assert film.analysis.qualities == chest_analysis.qualities
    for read, written in zip(film.analysis.measurements, chest_analysis.measurements, strict=True):
        assert (read.name, read.site, read.status, read.reasons, read.details) == (
            written.name, written.site, written.status, written.reasons, written.details,
        )  # fmt: skip
        assert read.value == (None if written.value is None else pytest.approx(written.value, abs=1e-5))
        assert np.allclose(read.points, written.points, atol=0.01)
    for name, mask in chest_analysis.prediction.masks.items():
        assert (film.analysis.prediction.masks[name] == mask).all()


@pytest.mark.parametrize("kind", [MaskFormat.PNG, MaskFormat.RLE])
def test_masks_come_back_in_every_format(
    tmp_path: Path, save_results: Callable[..., Path], chest_analysis: Analysis, kind: MaskFormat
) -> None:
    masks = read_masks(save_results(tmp_path / "out", [chest_analysis], kind), "chest.png")
    assert masks.keys() == chest_analysis.prediction.masks.keys()
    assert all((masks[name] == mask).all() for name, mask in chest_analysis.prediction.masks.items())


def test_masks_come_back_from_a_dicom_seg(tmp_path: Path, chest_dicom: Path) -> None:
    from radcaliper.pipelines.reading import read_radiograph
    from radcaliper.pipelines.results.dicom_seg import encoded_segmentation
    from radcaliper.pipelines.results.dicom_source import source_of

    heart = np.zeros(read_radiograph(chest_dicom).shape, bool)
    heart[100:300, 200:500] = True
    (tmp_path / "masks" / "a").mkdir(parents=True)
    content = encoded_segmentation({"heart": heart, "spine": ~heart}, structures_of("chest"), source_of(chest_dicom))
    (tmp_path / "masks" / "a" / "masks.dcm").write_bytes(content)
    masks = read_masks(tmp_path, "a")
    assert masks.keys() == {"heart", "spine"}
    assert (masks["heart"] == heart).all()
    assert (masks["spine"] == ~heart).all()


def test_a_correction_is_found_again_and_nothing_automatic_is_touched(results: Path) -> None:
    folder = ResultsFolder(results)
    before = {path: path.read_bytes() for path in (results / "masks" / "chest.png").glob("*.png")}
    film = folder.open_film("chest.png", "Ada")
    edits = wider_heart(film.analysis).with_landmarks({"carina": Point(60.25, 200.5)})
    signed(folder, film, edits, comment="apex")
    again = folder.open_film("chest.png", "Bea")
    assert (again.edits.masks["heart"] == edits.masks["heart"]).all()
    assert again.edits.points == edits.points
    assert again.signed is not None
    assert (again.signed.reviewer, again.signed.comment) == ("Ada", "apex")
    row = ratio_row(results)
    assert (float(row["value"]), float(row["corrected_value"])) == pytest.approx((121 / 281, 131 / 281), abs=1e-5)
    assert (row["reviewer"], row["comment"]) == ("Ada", "apex")
    assert row["reviewed_at"]
    assert {path: path.read_bytes() for path in before} == before
    written = cv2.imread(str(results / "corrected" / "masks" / "chest.png" / "heart.png"), cv2.IMREAD_UNCHANGED)
    assert ((written > 0) == edits.masks["heart"]).all()
    assert table(results / "corrected" / "landmarks.csv") == [
        {"image": "chest.png", "landmark": "carina", "row": "60.25", "col": "200.50"}
    ]
    assert table(results / "corrected" / "reviews.csv")[0]["decision"] == "corrected"


def test_an_accepted_film_has_its_reviewer_and_no_corrected_value(results: Path) -> None:
    folder = ResultsFolder(results)
    signed(folder, folder.open_film("spine.png", "Ada"), Edits())
    rows = [row for row in table(results / "measurements.csv") if row["image"] == "spine.png"]
    assert {row["reviewer"] for row in rows} == {"Ada"}
    assert {row["corrected_value"] for row in rows} == {""}


def test_a_rejected_film_says_so_on_every_row(results: Path) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("chest.png", "Ada")
    review = Review("chest.png", film.sha256, Decision.REJECTED, "Ada", "lateral", wider_heart(film.analysis))
    folder.sign(film, review, remeasure(film.analysis, review.edits).measurements)
    write_reviewed_tables(folder)
    rows = [row for row in table(results / "measurements.csv") if row["image"] == "chest.png"]
    assert {row["comment"] for row in rows} == {"rejected; lateral"}
    assert {row["corrected_value"] for row in rows} == {""}


def test_a_measuring_run_does_not_lose_a_correction(
    results: Path, save_results: Callable[..., Path], chest_analysis: Analysis
) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("chest.png", "Ada")
    signed(folder, film, wider_heart(film.analysis))
    save_results(results, [chest_analysis])
    row = ratio_row(results)
    assert float(row["corrected_value"]) == pytest.approx(131 / 281, abs=1e-5)
    assert "heart" in folder.open_film("chest.png", "Bea").edits.masks


def test_a_number_that_only_the_correction_shows_has_its_row(results: Path, spine_analysis: Analysis) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("spine.png", "Ada")
    fewer = tuple(number for number in film.analysis.measurements if number.site != "curve_2")
    film = replace(film, analysis=replace(film.analysis, measurements=fewer))
    with sqlite3.connect(folder.database) as database:
        database.execute("DELETE FROM measurements WHERE site = 'curve_2'")
    corner = film.analysis.landmarks["vertebra_05_tl"].point
    signed(folder, film, Edits().with_landmarks({"vertebra_05_tl": corner._replace(row=corner.row + 1)}))
    rows = [row for row in table(results / "measurements.csv") if row["site"] == "curve_2"]
    assert rows
    assert {(row["status"], row["reasons"], row["value"]) for row in rows} == {("refused", "found_in_review", "")}
    assert all(row["corrected_value"] for row in rows)


def test_the_second_signature_is_told_and_both_are_kept(results: Path) -> None:
    folder = ResultsFolder(results)
    ada, bea = (folder.open_film("chest.png", name) for name in ("Ada", "Bea"))
    hers = wider_heart(bea.analysis)
    folder.save_draft(bea, hers, "Bea")
    signed(folder, ada, Edits())
    with pytest.raises(ReviewConflict, match="Ada accepted"):
        signed(folder, bea, hers, "Bea")
    again = folder.open_film("chest.png", "Bea")
    assert again.signed is not None
    assert again.signed.reviewer == "Ada"
    assert (again.edits.masks["heart"] == hers.masks["heart"]).all()
    signed(folder, again, hers, "Bea")
    with sqlite3.connect(folder.database) as database:
        assert database.execute("SELECT reviewer FROM reviews ORDER BY id").fetchall() == [("Ada",), ("Bea",)]


def test_a_draft_outlives_a_crash_and_is_its_reviewer_s_own(results: Path) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("chest.png", "Ada")
    for edits in (Edits().with_landmarks({"carina": Point(1, 1)}), Edits().with_landmarks({"carina": Point(2, 2)})):
        folder.save_draft(film, edits, "Ada")
    assert folder.open_film("chest.png", "Ada").edits.points == {"carina": Point(2, 2)}
    assert not folder.open_film("chest.png", "Bea").edits
    assert folder.worklist()[1].decision is None
    folder.save_draft(film, Edits(), "Ada")
    assert not folder.open_film("chest.png", "Ada").edits


def test_edits_of_another_film_of_that_name_are_not_laid_over_this_one(results: Path) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("chest.png", "Ada")
    folder.save_draft(replace(film, sha256="another"), wider_heart(film.analysis), "Ada")
    assert not folder.open_film("chest.png", "Ada").edits


def test_what_cannot_be_shown_says_why(results: Path) -> None:
    folder = ResultsFolder(results)
    with pytest.raises(UnreadableFilm):
        folder.open_film("broken.png", "Ada")
    with pytest.raises(CannotReview, match="not among"):
        folder.open_film("none.png", "Ada")
    film = results.parent / "films" / "chest.png"
    other = cv2.imread(str(film), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(film), 255 - other)
    with pytest.raises(CannotReview, match="has changed"):
        folder.open_film("chest.png", "Ada")
    film.unlink()
    with pytest.raises(CannotReview, match="is not there"):
        folder.open_film("chest.png", "Ada")
    with pytest.raises(CannotReview, match="holds no results"):
        ResultsFolder(results.parent)


def test_the_worklist_knows_values_qualities_and_decisions(results: Path) -> None:
    folder = ResultsFolder(results)
    signed(folder, folder.open_film("chest.png", "Ada"), Edits())
    items = {item.image: item for item in folder.worklist()}
    assert items["spine.png"].lowest_quality == 0.9
    assert folder.values("cardiothoracic_ratio")["chest.png"] == (pytest.approx(121 / 281, abs=1e-5),)
    assert len(folder.values("lung_area")["chest.png"]) == 2
    assert {"cobb_angle", "lung_area"} <= set(folder.measured())
    assert items["chest.png"].decision is Decision.ACCEPTED
    assert progress(items.values()).done == 1
    assert progress(items.values()).left == 3


def test_the_worklist_is_sorted_and_filtered() -> None:
    items = (
        WorkItem("a", Status.OK, lowest_quality=0.9),
        WorkItem("b", Status.REVIEW, ("low_quality",), lowest_quality=0.5, decision=Decision.ACCEPTED),
        WorkItem("c", Status.REVIEW, ("rotated",), lowest_quality=0.7),
        WorkItem("d", Status.FAILED, error="the file is empty"),
    )

    def names(conditions: Filter, order: Order = Order.QUALITY) -> str:
        return "".join(item.image for item in filter_and_sort(items, conditions, order))

    assert names(Filter()) == "bcad"
    assert names(Filter(), Order.REASON) == "cbad"
    assert names(Filter(status=Status.REVIEW, unsigned_only=True)) == "c"
    assert names(Filter(), Order.REPORT) == "dbca"
    assert names(Filter(values={"a": (12.0, 31.0)}, minimum=30)) == "a"
    assert names(Filter(values={"a": (12.0, 31.0)}, minimum=13, maximum=30)) == ""


def test_a_second_reviewer_hears_of_the_first(results: Path) -> None:
    ada, bea = (Presence(ResultsFolder(results).database) for _ in range(2))
    assert ada.announce("Ada") == ()
    (heard,) = bea.announce("Bea")
    assert heard.startswith("Ada on ")
    ada.leave()
    assert bea.announce("Bea") == ()


def test_a_person_whose_viewer_crashed_is_not_warned_of_himself(results: Path) -> None:
    database = ResultsFolder(results).database
    Presence(database).announce("Ada")  # and never left
    assert Presence(database).announce("Ada") == ()
    assert len(Presence(database).announce("Bea")) == 1


def test_named_and_deleted_vertebrae_are_kept_and_exported(results: Path, spine_analysis: Analysis) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("spine.png", "Ada")
    points = remeasure(film.analysis, Edits()).landmarks
    edits = with_vertebra_deleted(with_vertebra_named(Edits(), "vertebra_12", "T12"), points, "vertebra_17")
    folder.save_draft(film, edits, "Ada")
    again = folder.open_film("spine.png", "Ada").edits
    assert (again.removed, again.levels) == (edits.removed, {"vertebra_12": "T12"})
    signed(folder, film, edits)
    write_reviewed_tables(folder)
    rows = table(results / "measurements.csv")
    curve = next(row for row in rows if (row["image"], row["site"]) == ("spine.png", "curve_1"))
    assert "upper_level=T5" in curve["details"]
    assert "corrected_upper_level" not in curve["details"]
    landmarks = {row["landmark"]: row["row"] for row in table(results / "corrected" / "landmarks.csv")}
    assert landmarks["vertebra_17_tl"] == ""
    assert landmarks["vertebra_16_tl"] != ""


def test_chosen_ends_are_kept_and_stand_in_the_details(results: Path, spine_analysis: Analysis) -> None:
    folder = ResultsFolder(results)
    film = folder.open_film("spine.png", "Ada")
    edits = Edits().with_curve_ends("curve_1", ("vertebra_06", "vertebra_12"))
    folder.save_draft(film, edits, "Ada")
    assert folder.open_film("spine.png", "Ada").edits.ends == edits.ends
    signed(folder, film, edits)
    assert folder.open_film("spine.png", "Bea").edits.ends == edits.ends
    rows = {(row["site"], row["method"]): row for row in table(results / "measurements.csv")}
    row = rows["curve_1", "vertebral_tilt"]
    automatic = next(number for number in spine_analysis.measurements if number.site == "curve_1").details
    details = dict(pair.split("=") for pair in row["details"].split(";"))
    assert {key: details[key] for key in automatic} == automatic
    assert (details["corrected_upper"], details["corrected_lower"]) == ("vertebra_06", "vertebra_12")
    assert details["corrected_ends"] == "chosen"
    assert row["corrected_value"] != ""
    assert "corrected" not in rows["curve_2", "vertebral_tilt"]["details"]
    assert rows["curve_2", "vertebral_tilt"]["corrected_value"] == ""
    signed(folder, folder.open_film("spine.png", "Bea"), Edits(), "Bea")
    assert "corrected" not in (results / "measurements.csv").read_text().split("\n", 1)[1]


def test_a_dragged_corner_corrects_only_what_it_changes(results: Path) -> None:
    film = ResultsFolder(results).open_film("spine.png", "Ada")
    corner = film.analysis.landmarks["vertebra_17_bl"].point
    edits = Edits().with_landmarks({"vertebra_17_bl": corner._replace(row=corner.row + 0.5)})
    changed = {n.now.name for n in remeasure(film.analysis, edits).measurements if n.corrected_value is not None}
    assert "cobb_angle" in changed
    apex = [n for n in remeasure(film.analysis, edits).measurements if n.now.name == "cobb_angle_aasce"]
    assert any(number.corrected_value is None for number in apex)
