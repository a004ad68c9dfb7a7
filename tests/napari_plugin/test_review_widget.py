"""Reviews in a real viewer: open a film, correct it, see the measurements change, sign, open it again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

Settle = Callable[[Any], None]


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


def cells(review: Any, text: str) -> list[str]:
    """The row of the measurement table that begins with this text."""
    model = review.panel.model
    rows = [[model.cell(row, column) for column in range(model.columnCount())] for row in range(model.rowCount())]
    return next(row for row in rows if row[0].startswith(text))


def drag(layer: Any, place: int, by: tuple[float, float]) -> None:
    """Move one landmark as dragging it with the mouse does."""
    layer._drag_start = None
    layer.selected_data = {place}
    start = layer.data[place].copy()
    layer._set_drag_start({place}, start)
    layer._move({place}, start + np.array(by))
    layer._drag_start = None


def paint(layer: Any, row: float, cols: range) -> None:
    """Paint a stroke along a row."""
    layer.brush_size = 9
    layer.selected_label = 1
    with layer.block_history():
        for col in cols:
            layer.paint((row, col), 1)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_worst_film_opens_first_and_keys_step_through_the_list(
    review: Any, viewer: Any, settle: Settle, shown_errors: list[str]
) -> None:
    assert review.worklist.count.text() == "0 done, 4 left; 4 listed"
    review.worklist.measurement.setCurrentText("cobb_angle")
    review.worklist.minimum.setText("170")
    assert review.worklist.count.text() == "0 done, 4 left; 0 listed"
    review.worklist.minimum.setText("5")
    assert review.worklist.count.text() == "0 done, 4 left; 1 listed"
    review.worklist.measurement.setCurrentText("any")
    review.worklist.minimum.setText("")
    review.session.open_film("chest.png")
    settle(review)
    review.worklist.step(-4)
    settle(review)
    seen = [review.session.film.analysis.image]
    for _ in range(3):
        review.use_tool("next")
        settle(review)
        seen.append(review.session.film and review.session.film.analysis.image)
    assert seen == ["chest.png", "spine.png", None, "second.png"]
    assert len(shown_errors) == 1
    assert "\n" not in shown_errors[0]
    assert "Heart" in viewer.layers
    review.use_tool("previous")
    settle(review)
    assert review.worklist.current == "broken.png"


def test_another_film_of_the_kind_fills_the_same_layers(
    review: Any, viewer: Any, settle: Settle, chest_analysis: Any
) -> None:
    heart = viewer.layers["Heart"]
    paint(heart, 190, range(255, 270))
    settle(review)
    open_film(review, "second.png", settle)
    assert viewer.layers["Heart"] is heart
    assert viewer.layers[0].name == "second.png"
    assert (review.layers.mask("heart") == chest_analysis.prediction.masks["heart"]).all()
    assert not review.session.history.current


def test_a_dragged_corner_changes_the_angle_by_what_geometry_says(review: Any, viewer: Any, settle: Settle) -> None:
    open_film(review, "spine.png", settle)
    before = value(review, "cobb_angle_aasce", "main")
    main = next(n.now for n in review.session.remeasured.measurements if n.now.site == "main")
    upper = int(main.details["upper"].removeprefix("vertebra_")) - 1
    layer = viewer.layers["landmarks"]
    quad = layer.data[4 * upper : 4 * upper + 4].copy()
    down = 8.0 if tilt(quad) > 0 else -8.0
    drag(layer, 4 * upper + 1, (down, 0))
    settle(review)
    turned = quad + np.array([[0, 0], [down, 0], [0, 0], [0, 0]])
    assert value(review, "cobb_angle_aasce", "main") == pytest.approx(before + abs(tilt(turned) - tilt(quad)), abs=0.01)
    assert cells(review, "cobb angle aasce main")[3] == f"{before:.1f} deg"
    review.use_tool("reset")
    settle(review)
    assert value(review, "cobb_angle_aasce", "main") == before
    review.use_tool("undo")
    settle(review)
    assert value(review, "cobb_angle_aasce", "main") > before
    review.use_tool("undo")
    settle(review)
    assert value(review, "cobb_angle_aasce", "main") == before
    assert np.allclose(layer.data[4 * upper : 4 * upper + 4], quad)


def test_a_brushed_heart_is_signed_and_found_again(
    review: Any, viewer: Any, results: Path, settle: Settle, qtbot: QtBot
) -> None:
    assert value(review, "cardiothoracic_ratio") == pytest.approx(121 / 281, abs=1e-5)
    paint(viewer.layers["Heart"], 190, range(255, 270))
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
    assert np.asarray(viewer.layers["Heart"].data)[:, right_end].any()
    assert "signed: corrected by Ada" in review.panel.headline.text()


def test_a_dragged_end_is_measured_while_it_moves(review: Any, viewer: Any, settle: Settle) -> None:
    layer = viewer.layers["landmarks"]
    place = list(review.session.remeasured.landmarks).index("heart_left")
    with layer.events.data.blocker():  # as napari does until the button is let go
        drag(layer, place, (0, 14))
        settle(review)
    assert value(review, "heart_width") == pytest.approx(135 / 2)
    assert not review.session.history.current
    drag(layer, place, (0, 1))
    settle(review)
    assert review.session.history.current.points["heart_left"].col == pytest.approx(275.5)  # the pixel.s edge
    assert value(review, "heart_width") == pytest.approx(136 / 2)


def test_single_keys_mend_the_active_mask(review: Any, viewer: Any, settle: Settle) -> None:
    heart = viewer.layers["Heart"]
    whole = np.asarray(heart.data) > 0
    heart.selected_label = 0
    heart.paint((190, 200), 0)
    settle(review)
    assert not review.layers.mask("heart")[190, 200]
    viewer.layers.selection.active = heart
    viewer.window._qt_viewer.canvas._key_map_handler.press_key("H")
    settle(review)
    assert (review.layers.mask("heart") == whole).all()


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
    assert "Ada on " in shown_errors[0]
    review.sign(reject=False)
    settle(review)
    second.sign(reject=False)
    settle(second)
    assert any("Ada accepted chest.png" in message for message in shown_errors)
    second.close()
    rows = [row for row in table(results / "measurements.csv") if row["image"] == "chest.png"]
    assert {row["reviewer"] for row in rows} == {"Ada"}


def test_closing_saves_what_was_not_signed(review: Any, viewer: Any, results: Path, settle: Settle) -> None:
    from radcaliper.pipelines.review.folder import ResultsFolder

    drag(viewer.layers["landmarks"], 0, (3, 0))
    viewer.window.remove_dock_widget(review)  # what the cross on the dock does
    assert ResultsFolder(results).open_film("chest.png", "Ada").edits.points.keys() == {"heart_right"}


def test_dragging_a_hip_s_landmarks_changes_its_numbers(
    review: Any, viewer: Any, settle: Settle, save_results: Callable[..., Path], hip_analysis: Any, tmp_path: Path
) -> None:
    review.open_folder(save_results(tmp_path / "hips", [hip_analysis]))
    settle(review)
    assert {"Right femur", "Left femur"} <= {layer.name for layer in viewer.layers}
    layer = viewer.layers["landmarks"]
    names = list(review.session.remeasured.landmarks)
    head, edge = (layer.data[names.index(f"left_femoral_head_{name}")].copy() for name in ("center", "edge"))
    drag(layer, names.index("left_femoral_head_edge"), (-5, 0))
    settle(review)
    assert value(review, "femoral_head_diameter", "left") == pytest.approx(52, abs=0.01)
    assert value(review, "ccd_angle", "left") == pytest.approx(127, abs=0.01)
    drag(layer, names.index("left_femoral_head_center"), (0, 10))
    settle(review)
    assert value(review, "femoral_head_diameter", "left") == pytest.approx(52, abs=0.01)
    assert np.allclose(layer.data[names.index("left_femoral_head_edge")], edge + np.array([-5, 10]))
    shaft = [layer.data[names.index(f"left_shaft_{end}")] for end in ("upper", "lower")]
    down = (shaft[1] - shaft[0]) / np.linalg.norm(shaft[1] - shaft[0])
    off = head + np.array([0, 10]) - shaft[0]
    offset = 0.4 * abs(off[0] * down[1] - off[1] * down[0])
    assert value(review, "femoral_offset", "left") == pytest.approx(offset, abs=0.01)
    review.use_tool("reset")
    settle(review)
    assert np.allclose(layer.data[names.index("left_femoral_head_edge")], edge)


def test_another_end_vertebra_is_measured_signed_and_exported(
    review: Any, results: Path, settle: Settle, phantom: Any
) -> None:
    open_film(review, "spine.png", settle)
    row = review.panel.ends
    assert not row.isHidden()
    assert row.curve.currentData() == "curve_1"
    before = value(review, "cobb_angle", "curve_1")
    lower = row.lower.findData("vertebra_12")
    row.lower.setCurrentIndex(lower)
    row.lower.activated.emit(lower)
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


def test_a_key_snaps_the_plates_of_a_dragged_vertebra(review: Any, viewer: Any, settle: Settle, phantom: Any) -> None:
    open_film(review, "spine.png", settle)
    layer = viewer.layers["landmarks"]
    drag(layer, 16, (9, 0))
    settle(review)
    lowered = layer.data[16:20].copy()
    viewer.window._qt_viewer.canvas._key_map_handler.press_key("E")
    settle(review)
    quad = layer.data[16:20]
    dragged, snapped = (abs(plate_tilt(each) - plate_tilt(phantom.corners[4])) for each in (lowered, quad))
    assert dragged > 4
    assert snapped < dragged / 2
    assert {name[:11] for name in review.session.history.current.points} == {"vertebra_05"}
    layer.selected_data = set()
    review.use_tool("snap")  # nothing is chosen: it says so and changes nothing
    settle(review)
    assert np.allclose(layer.data[16:20], quad)


def test_the_tools_are_those_that_the_film_has_use_for(review: Any, settle: Settle) -> None:
    hidden = {name: button.isHidden() for name, button in review.panel.buttons.items()}
    assert hidden["snap"]
    assert not hidden["fill"]
    open_film(review, "spine.png", settle)
    hidden = {name: button.isHidden() for name, button in review.panel.buttons.items()}
    assert hidden["fill"]
    assert not hidden["snap"]
