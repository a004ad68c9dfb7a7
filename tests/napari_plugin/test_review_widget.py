"""Reviews in a real viewer with a real mouse: open a film, correct it, see its numbers change, sign, open it again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

Settle = Callable[[Any], None]
SIZES = ((1366, 768), (910, 600), (1800, 1000))
"""Windows of a small laptop, of napari when it is first opened, and of a desktop."""


def tilt(quad: np.ndarray) -> float:
    """Degrees of the line between the middles of a vertebra's sides, by hand."""
    left, right = (quad[0] + quad[2]) / 2, (quad[1] + quad[3]) / 2
    return float(np.degrees(np.arctan((right[0] - left[0]) / (right[1] - left[1]))))


def plate_tilt(quad: np.ndarray) -> float:
    """Degrees of a vertebra's upper end plate."""
    along = quad[1] - quad[0]
    return float(np.degrees(np.arctan2(along[0], along[1])))


def open_film(review: Any, image: str, settle: Settle) -> None:
    review.session.open_film(image)
    settle(review)
    assert review.session.film.analysis.image == image


def value(review: Any, name: str, site: str = "") -> float:
    measurements = review.session.remeasured.measurements
    return next(n.now.value for n in measurements if (n.now.name, n.now.site) == (name, site))


def beside(place: np.ndarray, down: float, across: float) -> np.ndarray:
    return place + np.array([down, across])


def landmark(review: Any, name: str) -> np.ndarray:
    return np.array(review.session.remeasured.landmarks[name])


def quad(review: Any, number: int) -> np.ndarray:
    return np.array([landmark(review, f"vertebra_{number:02d}_{corner}") for corner in ("tl", "tr", "bl", "br")])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def choose(box: Any, data: str) -> None:
    """Choose an entry of a box as a person does."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


@pytest.mark.parametrize("size", SIZES)
def test_a_film_has_half_of_the_window_and_answers_the_mouse(
    review: Any, viewer: Any, mouse: Any, settle: Settle, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = review.window()
    window.resize(*size)
    settle(review)
    assert mouse.canvas.width() >= 0.5 * window.width()
    height, width = viewer.layers[0].data.shape
    first, last = mouse.pixel((0, 0)), mouse.pixel((height - 1, width - 1))
    assert 0 <= first.x() <= last.x() <= mouse.canvas.width()
    assert 0 <= first.y() <= last.y() <= mouse.canvas.height()
    assert max((last.x() - first.x()) / mouse.canvas.width(), (last.y() - first.y()) / mouse.canvas.height()) > 0.9
    start = landmark(review, "heart_left")
    mouse.drag(start, beside(start, 0, 10), beside(start, 0, 30))
    settle(review)
    assert landmark(review, "heart_left")[1] == pytest.approx(start[1] + 30, abs=2)
    assert value(review, "heart_width") == pytest.approx(121 / 2 + 15, abs=1)
    zoom, centre = viewer.scene.camera.zoom, viewer.scene.camera.center
    mouse.drag((20, 20), (40, 60))  # beside all landmarks: the film moves
    assert viewer.scene.camera.center != centre
    mouse.wheel((150, 200), 2)
    assert viewer.scene.camera.zoom > zoom
    mouse.drag(landmark(review, "heart_left"), start)
    settle(review)
    assert landmark(review, "heart_left")[1] == pytest.approx(start[1], abs=1)
    review.use_tool("fit")
    assert viewer.scene.camera.zoom == pytest.approx(zoom)


def test_lines_end_at_their_handles_and_the_handles_are_drawn(review: Any, viewer: Any, settle: Settle) -> None:
    landmarks, lines = review.session.remeasured.landmarks, review.session.remeasured.lines
    ends = [point for line in lines[:2] for point in line.path]
    assert ends == [landmarks[name] for name in ("heart_right", "heart_left", "thorax_right", "thorax_left")]
    overlay = viewer.layers["masks and lines"]
    places = ((np.array(ends) * viewer.layers[0].scale - overlay.translate) / overlay.scale).round().astype(int)
    assert (overlay.data[places[:, 0], places[:, 1], 3] == 255).all()


def test_films_stand_in_the_order_of_the_report_and_keys_step_through_them(
    review: Any, viewer: Any, settle: Settle, shown_errors: list[str]
) -> None:
    worklist = review.worklist
    assert worklist.count.text() == "0 done, 4 left; 4 listed"
    worklist.measurement.setCurrentText("cobb_angle")
    settle(review)
    worklist.minimum.setText("170")
    assert worklist.count.text() == "0 done, 4 left; 0 listed"
    worklist.minimum.setText("5")
    assert worklist.count.text() == "0 done, 4 left; 1 listed"
    worklist.measurement.setCurrentText("any")
    worklist.minimum.setText("")
    assert [worklist.model.cell(row, 0) for row in range(4)] == ["chest.png", "spine.png", "broken.png", "second.png"]
    worklist.step(-4)
    settle(review)
    seen = []
    for _ in range(3):
        review.use_tool("next")
        settle(review)
        seen.append(review.session.film and review.session.film.analysis.image)
    assert seen == ["spine.png", None, "second.png"]
    assert len(shown_errors) == 1
    assert "\n" not in shown_errors[0]
    worklist.step(-1)
    settle(review)
    assert worklist.current == "broken.png"
    assert shown_errors[0] in review.panel.headline.text()  # in whole


def test_a_dragged_corner_changes_the_angle_by_what_geometry_says(review: Any, mouse: Any, settle: Settle) -> None:
    open_film(review, "spine.png", settle)
    before = value(review, "cobb_angle_aasce", "main")
    main = next(n.now for n in review.session.remeasured.measurements if n.now.site == "main")
    upper = int(main.details["upper"].removeprefix("vertebra_"))
    was = quad(review, upper)
    down = 8.0 if tilt(was) > 0 else -8.0
    mouse.drag(was[1], beside(was[1], down, 0))
    settle(review)
    turned = quad(review, upper)
    assert turned[1] == pytest.approx(beside(was[1], down, 0), abs=2)
    expected = before + abs(tilt(turned)) - abs(tilt(was))
    assert value(review, "cobb_angle_aasce", "main") == pytest.approx(expected, abs=0.01)
    assert review.panel.numbers.cells("Cobb angle (AASCE), main")[3] == f"{before:.1f}\N{DEGREE SIGN}"
    for tool, changed in (("reset", False), ("undo", True), ("undo", False)):
        review.use_tool(tool)
        settle(review)
        assert (value(review, "cobb_angle_aasce", "main") != before) is changed
    assert np.allclose(quad(review, upper), was)


def test_a_brushed_heart_is_signed_and_found_again(
    review: Any, viewer: Any, mouse: Any, results: Path, settle: Settle
) -> None:
    assert value(review, "cardiothoracic_ratio") == pytest.approx(121 / 281, abs=1e-5)
    choose(review.panel.correct, "heart")
    viewer.layers["Heart"].brush_size = 9
    mouse.drag((190, 255), (190, 262), (190, 270))
    settle(review)
    wider = value(review, "cardiothoracic_ratio")
    right_end = int(np.flatnonzero(np.asarray(viewer.layers["Heart"].data).any(axis=0))[-1])
    assert wider == pytest.approx((right_end - 140 + 1) / 281, abs=1e-5)
    assert wider > 125 / 281
    review.panel.comment.setText("apex redrawn")
    review.panel.accept.click()
    settle(review)
    row = next(r for r in table(results / "measurements.csv") if r["corrected_value"])
    assert (row["image"], row["measurement"], row["reviewer"]) == ("chest.png", "cardiothoracic_ratio", "Ada")
    assert float(row["corrected_value"]) == pytest.approx(wider, abs=1e-5)
    assert review.worklist.count.text().startswith("1 done, 3 left")
    open_film(review, "second.png", settle)
    open_film(review, "chest.png", settle)
    assert value(review, "cardiothoracic_ratio") == pytest.approx(wider, abs=1e-5)
    assert review.layers.mask("heart")[:, right_end].any()
    assert "signed: corrected by Ada" in review.panel.headline.text()


def test_a_dragged_end_is_measured_while_it_moves(review: Any, mouse: Any, settle: Settle) -> None:
    start = landmark(review, "heart_left")
    held: list[float] = []

    def look() -> None:
        settle(review)
        held.append(value(review, "heart_width"))
        assert not review.session.history.current

    mouse.drag(start, beside(start, 4, 14), hold=look)
    settle(review)
    points = review.session.history.current.points
    assert held[0] == pytest.approx(value(review, "heart_width"))
    assert held[0] == pytest.approx(121 / 2 + 7, abs=1)
    assert points["heart_left"].row == points["heart_right"].row  # the line between them stays horizontal


def test_single_keys_mend_the_mask_that_is_corrected(review: Any, viewer: Any, mouse: Any, settle: Settle) -> None:
    whole = review.layers.mask("heart")
    choose(review.panel.correct, "heart")
    heart = viewer.layers["Heart"]
    heart.selected_label = 0
    heart.paint((190, 200), 0)
    settle(review)
    assert not review.layers.mask("heart")[190, 200]
    mouse.key("h")
    settle(review)
    assert (review.layers.mask("heart") == whole).all()
    mouse.key("g")
    assert not heart.visible


def test_signing_needs_a_name_and_a_rejection_its_reason(
    review: Any, results: Path, settle: Settle, shown_errors: list[str]
) -> None:
    review.panel.reject.click()
    review.session.reviewer = ""
    review.panel.accept.click()
    settle(review)
    assert len(shown_errors) == 2
    assert {row["reviewer"] for row in table(results / "measurements.csv")} == {""}


def test_the_second_reviewer_is_told_and_nothing_is_lost(
    review: Any, viewer: Any, results: Path, settle: Settle, shown_errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from radcaliper.napari_plugin.review_widget import ReviewWidget

    monkeypatch.setattr("radcaliper.napari_plugin.review_widget.show_warning", shown_errors.append)
    second = ReviewWidget(viewer)
    second.reviewer.setText("Bea")
    second.reviewer.editingFinished.emit()
    second.open_folder(results)
    settle(second)
    second.session.open_film("chest.png")
    settle(second)
    assert "Ada on " in shown_errors[0]
    review.sign(reject=False)
    settle(review)
    second.sign(reject=False)
    settle(second)
    assert any("Ada accepted chest.png" in message for message in shown_errors)
    second.stop()
    rows = [row for row in table(results / "measurements.csv") if row["image"] == "chest.png"]
    assert {row["reviewer"] for row in rows} == {"Ada"}


def test_closing_saves_what_was_not_signed(review: Any, viewer: Any, mouse: Any, results: Path, settle: Settle) -> None:
    from radcaliper.pipelines.review.folder import ResultsFolder

    start = landmark(review, "heart_right")
    mouse.drag(start, beside(start, 6, 0))
    dock = next(d for d in viewer.window.dock_widgets.values() if hasattr(d, "review"))
    viewer.window.remove_dock_widget(dock)  # what the cross on the dock does
    assert "heart_right" in ResultsFolder(results).open_film("chest.png", "Ada").edits.points
    assert not viewer.layers


def test_dragging_a_hip_s_landmarks_changes_its_numbers(
    review: Any, mouse: Any, settle: Settle, save_results: Callable[..., Path], hip_analysis: Any, tmp_path: Path
) -> None:
    review.open_folder(save_results(tmp_path / "hips", [hip_analysis]))
    settle(review)
    assert review.layers.structures == ("right_femur", "left_femur")
    head, edge = (landmark(review, f"left_femoral_head_{name}") for name in ("center", "edge"))
    mouse.drag(edge, beside(edge, -5, 0))
    settle(review)
    radius = 0.4 * np.linalg.norm(landmark(review, "left_femoral_head_edge") - head)
    assert value(review, "femoral_head_diameter", "left") == pytest.approx(2 * radius, abs=0.01)
    assert radius > 0.4 * np.linalg.norm(edge - head)
    assert value(review, "ccd_angle", "left") == pytest.approx(127, abs=0.01)
    mouse.drag(head, beside(head, 0, 10))
    settle(review)
    assert value(review, "femoral_head_diameter", "left") == pytest.approx(2 * radius, abs=0.01)
    now = landmark(review, "left_femoral_head_center")
    assert now == pytest.approx(beside(head, 0, 10), abs=2)
    shaft = [landmark(review, f"left_shaft_{end}") for end in ("upper", "lower")]
    down = (shaft[1] - shaft[0]) / np.linalg.norm(shaft[1] - shaft[0])
    off = now - shaft[0]
    offset = 0.4 * abs(off[0] * down[1] - off[1] * down[0])
    assert value(review, "femoral_offset", "left") == pytest.approx(offset, abs=0.01)
    review.use_tool("reset")
    settle(review)
    assert np.allclose(landmark(review, "left_femoral_head_edge"), edge)


def test_another_end_vertebra_is_measured_signed_and_exported(
    review: Any, results: Path, settle: Settle, phantom: Any
) -> None:
    open_film(review, "spine.png", settle)
    row = review.panel.ends
    assert not row.isHidden()
    assert row.curve.currentData() == "curve_1"
    before = value(review, "cobb_angle", "curve_1")
    choose(row.lower, "vertebra_12")
    settle(review)
    upper = next(n.now for n in review.session.remeasured.measurements if n.now.site == "curve_1").details["upper"]
    place = int(upper.removeprefix("vertebra_")) - 1
    expected = abs(tilt(phantom.corners[place]) - tilt(phantom.corners[11]))
    assert value(review, "cobb_angle", "curve_1") == pytest.approx(expected, abs=0.05)
    assert abs(expected - before) > 0.5
    review.panel.accept.click()
    settle(review)
    rows = [r for r in table(results / "measurements.csv") if r["image"] == "spine.png" and r["site"] == "curve_1"]
    assert "corrected_lower=vertebra_12" in rows[0]["details"]
    assert float(rows[0]["corrected_value"]) == pytest.approx(expected, abs=0.05)
    open_film(review, "chest.png", settle)
    assert row.isHidden()
    open_film(review, "spine.png", settle)
    assert row.lower.currentData() == "vertebra_12"


def test_a_key_snaps_the_plates_of_a_dragged_vertebra(review: Any, mouse: Any, settle: Settle, phantom: Any) -> None:
    open_film(review, "spine.png", settle)
    start = quad(review, 5)[0]
    mouse.drag(start, beside(start, 9, 0))
    settle(review)
    lowered = quad(review, 5)
    mouse.key("e")
    settle(review)
    dragged, snapped = (abs(plate_tilt(each) - plate_tilt(phantom.corners[4])) for each in (lowered, quad(review, 5)))
    assert dragged > 4
    assert snapped < dragged / 2
    assert {name[:11] for name in review.session.history.current.points} == {"vertebra_05"}


def test_a_clicked_vertebra_is_named_and_the_others_follow(
    review: Any, mouse: Any, results: Path, settle: Settle
) -> None:
    open_film(review, "spine.png", settle)
    mouse.click(quad(review, 12).mean(axis=0))
    assert review.panel.vertebra.current == "vertebra_12"
    choose(review.panel.vertebra.level, "T12")
    settle(review)
    levels = review.session.remeasured.ends.levels
    assert (levels["vertebra_01"], levels["vertebra_12"], levels["vertebra_17"]) == ("T1", "T12", "L5")
    assert review.panel.numbers.cells("Cobb angle", "Curve 1, T5 to L1")
    review.panel.accept.click()
    settle(review)
    row = next(r for r in table(results / "measurements.csv") if (r["image"], r["site"]) == ("spine.png", "curve_1"))
    assert "upper_level=T5;lower_level=L1;apex_level=T9" in row["details"]
    assert row["corrected_value"] == ""


def test_a_vertebra_is_deleted_and_added_again(review: Any, mouse: Any, settle: Settle) -> None:
    open_film(review, "spine.png", settle)
    whole = value(review, "coronal_balance")
    last = quad(review, 17)
    mouse.click(last.mean(axis=0))
    review.panel.vertebra.delete.click()
    settle(review)
    assert len(review.session.remeasured.ends.vertebrae) == 16
    assert value(review, "coronal_balance") != whole
    review.panel.vertebra.choose("vertebra_16")
    review.panel.vertebra.add.click()
    settle(review)
    assert quad(review, 17).mean(axis=0) == pytest.approx(last.mean(axis=0), abs=15)


def test_the_column_is_a_layer_of_labels(review: Any, viewer: Any, mouse: Any, settle: Settle) -> None:
    open_film(review, "spine.png", settle)
    corner = quad(review, 17)[3]
    mouse.drag(corner, beside(corner, 6, 6))
    settle(review)
    choose(review.panel.correct, "spine")
    column = np.asarray(viewer.layers["Spine"].data) > 0
    inside = quad(review, 8).mean(axis=0).round().astype(int)
    assert column[tuple(inside)]
    mouse.drag(beside(inside, 0, 60), beside(inside, 0, 70))
    settle(review)
    assert "spine" in review.session.history.current.masks
    methods = {n.now.method for n in review.session.remeasured.measurements}
    assert "centreline" in methods


def test_two_films_stand_side_by_side_with_the_change_of_each_number(
    review: Any, viewer: Any, mouse: Any, settle: Settle
) -> None:
    from radcaliper.pipelines.review.worklist import films_to_compare

    start = landmark(review, "heart_left")
    mouse.drag(start, beside(start, 0, 20))
    settle(review)
    offered = [item.image for item in films_to_compare(review.session.items, "chest.png")]
    assert offered == ["broken.png", "second.png"]
    menu = review.panel.menu_of_films(offered)
    next(action for action in menu.actions() if action.text() == "second.png").trigger()
    settle(review)
    films = [layer for layer in viewer.layers if layer.name.endswith(".png")]
    assert films[1].extent.world[0, 1] > films[0].extent.world[1, 1]
    cells = review.panel.numbers.cells("Heart width")
    assert (cells[2], cells[3][0]) == ("60.5 mm", "+")
    review.panel.menu_of_films(offered).actions()[0].trigger()
    settle(review)
    assert len([layer for layer in viewer.layers if layer.name.endswith(".png")]) == 1


def test_buttons_say_what_they_do_and_by_which_key(review: Any) -> None:
    from qtpy.QtWidgets import QAbstractButton

    buttons = [each for each in review.findChildren(QAbstractButton) if each.text() and each.isVisibleTo(review)]
    assert len(buttons) > 10
    assert all(each.toolTip() for each in buttons)


def test_the_tools_are_those_that_the_film_has_use_for(review: Any, settle: Settle) -> None:
    assert review.panel.buttons["snap"].isHidden()
    assert review.panel.vertebra.isHidden()
    open_film(review, "spine.png", settle)
    assert not review.panel.buttons["snap"].isHidden()
    assert not review.panel.vertebra.isHidden()
