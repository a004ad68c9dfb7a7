"""Overlays: lines tell how good a mask is, words stand beside the film, nothing marks what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import cv2
import numpy as np
import pytest

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_spine
from radcaliper.measurements.spine.vertebra import vertebra_names
from radcaliper.measurements.structures import WHITE, YELLOW
from radcaliper.measurements.types import (
    Analysis,
    Course,
    MaskQuality,
    MeasuredValue,
    Measurement,
    Point,
    Radiograph,
    Status,
    Unit,
)
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.protocols import panel
from radcaliper.pipelines.protocols.chest.overlay import draw
from radcaliper.pipelines.protocols.drawing import Drawing, Stroke, bgr, drawing_of_film, mask_status, picture_size
from radcaliper.pipelines.protocols.labels import Label, around, write_labels
from radcaliper.pipelines.protocols.panel import PanelLine, with_panel
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.protocols.spine.overlay import CURVE_COLOURS
from radcaliper.pipelines.protocols.wording import value_words
from radcaliper.pipelines.results.overlays import overlay_files
from radcaliper.qc.reasons import REASONS

TIP = Point(120.0, 200.0)


def empty_drawing(side: int = 200) -> Drawing:
    return Drawing(np.zeros((side, side), np.uint8), np.zeros((side, side, 3), np.uint8), 1.0)


def drawn_share(status: Status) -> float:
    """The share of a solid outline's pixels that an outline of this status has."""
    mask = np.zeros((200, 200), bool)
    mask[40:160, 30:170] = True
    counts = []
    for each in (status, Status.OK):
        drawing = empty_drawing()
        drawing.outline(mask, Stroke(WHITE, each))
        counts.append(int((drawing.image.max(axis=2) > 127).sum()))
    return counts[0] / counts[1]


def test_outlines_are_dashed_for_review_and_dotted_where_refused() -> None:
    assert drawn_share(Status.OK) == 1
    assert 0.5 < drawn_share(Status.REVIEW) < 0.9
    assert 0.1 < drawn_share(Status.REFUSED) < 0.5


def test_straight_lines_are_dashed_too() -> None:
    drawing = empty_drawing()
    drawing.line(Point(100, 10), Point(100, 190), Stroke(WHITE, Status.REVIEW))
    along = drawing.image[100, 20:180, 0] > 127
    assert 0.4 < along.mean() < 0.8
    assert np.diff(along.astype(int)).any()


def with_tube(analysis: Analysis, status: Status, *, leaves_film: bool = False) -> Analysis:
    course = Course((Point(10.0, 200.0), TIP), 0.95, leaves_film=leaves_film)
    quality = MaskQuality("ett", status, 0.8, 0.6, 100, None, 0.95, ())
    prediction = analysis.prediction
    assert prediction is not None
    return replace(
        analysis,
        prediction=replace(prediction, courses={"ett": course}),
        qualities=(*analysis.qualities, quality),
    )


def tip_mark(analysis: Analysis) -> int:
    """How many pixels about the tip have the tube's colour: a dot has more than the end of a line."""
    col, row = drawing_of_film(analysis.radiograph).xy(TIP)
    around_tip = draw(analysis)[row - 6 : row + 7, col - 6 : col + 7]
    return int((around_tip == bgr(PROTOCOLS["chest"].structure("ett").colour)).all(axis=2).sum())


@pytest.mark.parametrize(("status", "leaves_film"), [(Status.REFUSED, False), (Status.OK, True)])
def test_a_refused_tip_is_not_marked(chest_analysis: Analysis, status: Status, leaves_film: bool) -> None:
    marked = tip_mark(with_tube(chest_analysis, Status.REVIEW))
    assert marked > 2 * tip_mark(with_tube(chest_analysis, status, leaves_film=leaves_film))


def test_the_status_of_a_mask_is_its_quality_s(chest_analysis: Analysis) -> None:
    assert mask_status(with_tube(chest_analysis, Status.REFUSED), "ett") is Status.REFUSED
    assert mask_status(chest_analysis, "no such structure") is Status.OK


def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the panels of the overlays that follow say, a line each."""
    said: list[str] = []
    rows = panel._rows
    monkeypatch.setattr(panel, "_rows", lambda lines: (said.extend(line.text for line in lines), rows(lines))[1])
    return said


def film_part(overlay: np.ndarray, analysis: Analysis) -> np.ndarray:
    height, width = picture_size(analysis.radiograph.shape)
    return overlay[:height, :width]


@pytest.mark.parametrize("name", ["chest_analysis", "spine_analysis", "hip_analysis"])
def test_words_stand_beside_the_film(name: str, request: pytest.FixtureRequest) -> None:
    analysis: Analysis = request.getfixturevalue(name)
    overlay = PROTOCOLS[analysis.protocol].load_overlay()(analysis)
    height, width = picture_size(analysis.radiograph.shape)
    assert overlay.shape[0] >= height
    assert overlay[:, width:].max() > 200
    unlike = (film_part(overlay, analysis) != drawing_of_film(analysis.radiograph).image).any(axis=2)
    assert 0 < unlike.mean() < 0.25


def test_a_long_panel_makes_the_overlay_longer_and_leaves_the_film_as_it_is() -> None:
    film = np.full((50, 80, 3), 77, np.uint8)
    overlay = with_panel(film, [PanelLine("word " * 200, Stroke(YELLOW)), PanelLine("end")])
    assert overlay.shape[0] > 500
    assert (overlay[:50, :80] == 77).all()
    assert (overlay == bgr(YELLOW)).all(axis=2).any()


def test_predicted_dice_is_called_so_and_reasons_are_words(
    chest_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = written(monkeypatch)
    draw(replace(chest_analysis, status=Status.REVIEW, reasons=("border_cut",)))
    assert "Predicted Dice (at least)" in said
    assert REASONS["border_cut"] in said
    assert not any("border_cut" in line or "right_lung" in line for line in said)


def test_lengths_are_in_mm_where_that_is_known(
    chest_analysis: Analysis, hip_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for analysis in (chest_analysis, hip_analysis):
        said = written(monkeypatch)
        PROTOCOLS[analysis.protocol].load_overlay()(analysis)
        unit = "px" if analysis.radiograph.spacing is None else "mm"
        other = "mm" if unit == "px" else "px"
        assert any(f" {unit}" in line for line in said)
        assert not any(f" {other}" in line for line in said)


def test_labels_cover_neither_lines_nor_one_another() -> None:
    drawing = empty_drawing(400)
    drawing.line(Point(200, 0), Point(200, 399), Stroke(YELLOW))
    line = drawing.image[195:206].copy()
    colours = [(255, 40 * number, 255) for number in range(5)]
    write_labels(drawing, [Label("88", around(Point(200, 200)), colour) for colour in colours])
    assert (drawing.image[195:206] == line).all()
    boxes = []
    for red, green, blue in colours:
        rows, cols = np.nonzero((drawing.image == (blue, green, red)).all(axis=2))
        assert len(rows) > 20
        boxes.append((rows.min(), rows.max(), cols.min(), cols.max()))
    for (top, bottom, left, right), other in product(boxes, boxes):
        if (top, bottom, left, right) != other:
            assert bottom < other[0] or top > other[1] or right < other[2] or left > other[3]


def test_a_label_without_room_is_left_out() -> None:
    drawing = empty_drawing(20)
    write_labels(drawing, [Label("123.4 mm", around(Point(10, 10)), WHITE)])
    assert not drawing.image.any()


def has_colour(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((image == bgr(colour)).all(axis=2).any())


def test_a_curve_under_ten_degrees_is_not_drawn(
    spine_analysis: Analysis, automatic: Callable[[MeasuredValue], Measurement], monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = PROTOCOLS["spine"].load_overlay()
    assert has_colour(film_part(overlay(spine_analysis), spine_analysis), CURVE_COLOURS[0])
    straight = spine_phantom(bend=3.0)
    values = measure_spine(straight.corners, vertebra_names(17), straight.film.shape[0], straight.film.grid)
    small = replace(spine_analysis, measurements=tuple(map(automatic, values)))
    said = written(monkeypatch)
    picture = film_part(overlay(small), small)
    assert not any(has_colour(picture, colour) for colour in CURVE_COLOURS)
    assert any(line.startswith("Curve 1: ") for line in said)
    assert any("under 10°: not drawn" in line for line in said)


def test_vertebrae_have_their_levels_where_one_is_known(
    spine_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay, said = PROTOCOLS["spine"].load_overlay(), written(monkeypatch)
    overlay(spine_analysis)
    assert "Numbers count from the highest vertebra seen." in said
    said.clear()
    first, *others = spine_analysis.measurements
    known = replace(first, details={**first.details, "apex_level": f"T{1 + int(first.details['apex'][-2:])}"})
    overlay(replace(spine_analysis, measurements=(known, *others)))
    top = int(first.details["upper"][-2:])
    assert any(line.startswith(f"T{1 + top} to ") for line in said)
    assert "Numbers count from the highest vertebra seen." not in said


def test_a_refused_film_is_shown_with_the_reason_beside_it(
    chest_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = written(monkeypatch)
    film = chest_analysis.radiograph
    refused = Analysis("a.png", film, "", "", Status.REFUSED, ("no_protocol",), view="lateral_spine")
    overlay, thumbnail = overlay_files(refused).values()
    image = cv2.imdecode(np.frombuffer(overlay, np.uint8), cv2.IMREAD_COLOR)
    assert (film_part(image, refused) == drawing_of_film(film).image).all()
    assert said == ["Film of no protocol: refused", REASONS["no_protocol"], "It looks like: lateral spine."]
    small = cv2.imdecode(np.frombuffer(thumbnail, np.uint8), cv2.IMREAD_COLOR)
    assert max(small.shape[:2]) == 192


def test_a_film_without_a_picture_has_no_overlay() -> None:
    blank = Radiograph(np.zeros((60, 60), np.float32))
    assert overlay_files(PROTOCOLS["chest"].analyse("blank.png", blank)) == {}


def test_a_number_is_never_minus_zero(hip_analysis: Analysis) -> None:
    angle = next(each for each in hip_analysis.measurements if each.unit is Unit.DEGREE)
    near_zero = replace(angle, value=-0.01, lower=-3.0, upper=-0.01, reference_class="")
    assert value_words(near_zero) == "0.0° (-3.0 to 0.0)"


@pytest.mark.parametrize("name", ["ett_2", "pacemaker_lead", "pacemaker_lead_2"])
def test_a_course_has_the_colour_of_its_kind(
    chest_analysis: Analysis, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = replace(PROTOCOLS["chest"].structure("ngt"), name="pacemaker_lead", colour=(250, 10, 240))
    monkeypatch.setattr(
        "radcaliper.pipelines.protocols.chest.overlay.PROTOCOL",
        replace(PROTOCOLS["chest"], structures=(lead, *PROTOCOLS["chest"].structures)),
    )
    course = Course((Point(10.0, 200.0), TIP), 0.95)
    assert chest_analysis.prediction is not None
    analysis = replace(chest_analysis, prediction=replace(chest_analysis.prediction, courses={name: course}))
    expected = lead.colour if "lead" in name else PROTOCOLS["chest"].structure("ett").colour
    assert has_colour(film_part(draw(analysis), analysis), expected)


def test_an_angle_that_was_refused_is_named(spine_analysis: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    said = written(monkeypatch)
    refused = Measurement.refused(COBB_ANGLE, "curve_1", "vertebral_tilt", "spine_too_short")
    PROTOCOLS["spine"].load_overlay()(replace(spine_analysis, measurements=(refused,)))
    assert f"Cobb angle, curve 1: refused. {REASONS['spine_too_short']}" in said
