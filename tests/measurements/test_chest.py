"""Chest geometry on phantoms with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.measurements.catalog import (
    CARDIOTHORACIC_RATIO,
    LUNG_AREA_RATIO,
    TRACHEA_DEVIATION,
    measurements_of,
    with_sites,
)
from radcaliper.measurements.chest import (
    cardiothoracic_ratio,
    carina_angle,
    costophrenic_angle,
    find_carina,
    heart_area,
    lung_area_ratio,
    lung_height,
    mediastinal_width,
    rotation_ratio,
    thoracic_width,
    trachea_deviation,
)
from radcaliper.measurements.types import Grid, Mask, Masks, NotMeasurable, Unit
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks

PIXELS = Grid()
MEASURED = with_sites(on_masks(measurements_of("chest")))
"""Every measurement on chest masks with each of its sites."""


def ellipse(row: float, col: float, half_height: float, half_width: float, side: int = 400) -> Mask:
    rows, cols = np.indices((side, side))
    return ((rows - row) / half_height) ** 2 + ((cols - col) / half_width) ** 2 <= 1


def band(rows: slice, cols: slice, side: int = 400) -> Mask:
    mask = np.zeros((side, side), bool)
    mask[rows, cols] = True
    return mask


def fork(half_angle: float) -> Mask:
    """A trachea down to row 150, and two bronchi that leave it at ``half_angle`` degrees from straight down."""
    rows, cols = np.indices((400, 400))
    down = rows - 150
    lean = np.tan(np.radians(half_angle))
    bronchi = (np.abs(np.abs(cols - 200) - down * lean) <= 8 / np.cos(np.radians(half_angle))) & (down >= 0)
    return (bronchi & (rows < 230)) | ((np.abs(cols - 200) <= 12) & (rows >= 40) & (down < 10))


@pytest.fixture(scope="module")
def chest() -> Masks:
    return {
        "right_lung": ellipse(180, 110, 120, 60),
        "left_lung": ellipse(180, 290, 120, 60),
        "heart": ellipse(250, 220, 50, 60),
        "airways": fork(30),
        "spine": band(slice(0, 400), slice(190, 211)),
        "right_clavicle": band(slice(80, 95), slice(90, 171)),
        "left_clavicle": band(slice(80, 95), slice(230, 311)),
    }


def mirrored(masks: Masks) -> Masks:
    swap = {"right": "left", "left": "right"}

    def other(name: str) -> str:
        side, _, rest = name.partition("_")
        return f"{swap[side]}_{rest}" if side in swap else name

    return {other(name): mask[:, ::-1] for name, mask in masks.items()}


def test_widths_count_whole_pixels(chest: Masks) -> None:
    ratio = cardiothoracic_ratio(chest, PIXELS)
    assert thoracic_width(chest, PIXELS).value == 301
    assert ratio.value == pytest.approx(121 / 301)
    # the ends are the outer edges of the first and the last pixel
    assert [point.col for point in ratio.points] == [159.5, 280.5, 49.5, 350.5]


def test_areas_and_heights(chest: Masks) -> None:
    assert heart_area(chest, PIXELS).value == pytest.approx(np.pi * 50 * 60, rel=0.01)
    assert lung_height(chest, PIXELS, "right").value == 241
    assert lung_area_ratio(chest, PIXELS).value == pytest.approx(1)


@pytest.mark.parametrize("half_angle", [20, 30, 40])
def test_the_carina_s_angle_is_that_of_the_bronchi(half_angle: float) -> None:
    masks = {"airways": fork(half_angle)}
    assert carina_angle(masks, PIXELS).value == pytest.approx(2 * half_angle, abs=2)
    carina = find_carina(masks["airways"])
    assert carina.col == pytest.approx(200, abs=1)
    assert 150 < carina.row < 185


def test_a_tube_does_not_fork() -> None:
    with pytest.raises(NotMeasurable, match="carina_not_seen"):
        find_carina(band(slice(40, 200), slice(190, 211)))


def test_branches_that_hardly_part_are_a_step_of_the_outline() -> None:
    airways = band(slice(40, 200), slice(190, 211))
    for row in range(200, 260):
        away = round(8 + 0.15 * (row - 200))
        airways[row, [200 - away - 1, 200 - away, 200 + away, 200 + away + 1]] = True
    with pytest.raises(NotMeasurable, match="carina_not_seen"):
        find_carina(airways)
    with pytest.raises(NotMeasurable, match="carina_not_seen"):
        carina_angle({"airways": airways}, PIXELS)


def test_trachea_deviation_is_signed_to_the_patient_s_left(chest: Masks) -> None:
    moved = {**chest, "airways": np.roll(chest["airways"], 15, axis=1)}
    assert trachea_deviation(moved, PIXELS).value == pytest.approx(15, abs=0.5)
    assert trachea_deviation(mirrored(moved), PIXELS).value == pytest.approx(-15, abs=1.5)


def test_rotation(chest: Masks) -> None:
    assert rotation_ratio(chest, PIXELS).value == pytest.approx(1)
    turned = {**chest, "left_clavicle": np.roll(chest["left_clavicle"], 30, axis=1)}
    assert rotation_ratio(turned, PIXELS).value == pytest.approx(0.5)


def test_a_right_angled_corner_has_a_right_angle() -> None:
    masks = {"right_lung": band(slice(50, 300), slice(60, 180)), "left_lung": band(slice(50, 300), slice(220, 340))}
    for side in ("right", "left"):
        assert costophrenic_angle(masks, PIXELS, side).value == pytest.approx(90, abs=1)


def test_a_slanted_base_closes_the_angle() -> None:
    rows, cols = np.indices((400, 400))
    lung = (cols >= 60) & (cols < 180) & (rows > 50) & (rows < 320 - (cols - 60))
    assert costophrenic_angle({"right_lung": lung}, PIXELS, "right").value == pytest.approx(45, abs=2)


def test_mediastinum_is_the_gap_between_the_lungs() -> None:
    masks = {"right_lung": band(slice(50, 300), slice(60, 180)), "left_lung": band(slice(50, 300), slice(220, 340))}
    assert mediastinal_width(masks, PIXELS).value == 40


def scaling(unit: Unit, factor: float) -> float:
    if unit in (Unit.RATIO, Unit.DEGREE):
        return 1
    return factor**2 if unit in (Unit.SQUARE_PIXEL, Unit.SQUARE_MILLIMETRE) else factor


@given(st.floats(0.05, 5))
def test_lengths_and_areas_scale_with_the_spacing(factor: float) -> None:
    masks = {"right_lung": ellipse(180, 110, 120, 60), "left_lung": ellipse(180, 290, 120, 60)}
    masks["heart"] = ellipse(250, 220, 50, 60)
    for spec, site in MEASURED:
        if set(spec.measured_on(site)) <= set(masks):
            one, scaled = (measure_masks(spec, site, masks, grid) for grid in (PIXELS, Grid(factor, factor, "mm")))
            assert scaled.value == pytest.approx(one.value * scaling(scaled.unit, factor))


def test_a_mirrored_patient_has_the_same_numbers_on_the_other_side(chest: Masks) -> None:
    turned = mirrored(chest)
    other = {"right": "left", "left": "right", "": ""}
    for spec, site in MEASURED:
        if spec not in (TRACHEA_DEVIATION, LUNG_AREA_RATIO):
            twin = measure_masks(spec, other[site], turned, PIXELS)
            assert twin.value == pytest.approx(measure_masks(spec, site, chest, PIXELS).value, rel=0.02)


def test_nothing_there_is_refused() -> None:
    nothing = {name: np.zeros((50, 50), bool) for spec, site in MEASURED for name in spec.measured_on(site)}
    for spec, site in MEASURED:
        with pytest.raises(NotMeasurable):
            measure_masks(spec, site, nothing, PIXELS)


def test_every_function_measures_what_its_entry_says(chest: Masks) -> None:
    for spec, site in MEASURED:
        measured = measure_masks(spec, site, chest, PIXELS)
        assert (measured.spec, measured.site) == (spec, site)


@pytest.mark.parametrize(
    ("value", "view", "word"),
    [(0.45, "PA", "normal"), (0.48, "PA", "indeterminate"), (0.54, "PA", "enlarged"), (0.54, "AP", "indeterminate"),
     (0.54, "", "indeterminate"), (0.60, "", "enlarged"), (0.50, "AP", "normal")],
)  # fmt: skip
def test_cardiothoracic_classes(value: float, view: str, word: str) -> None:
    assert CARDIOTHORACIC_RATIO.reference_class(CARDIOTHORACIC_RATIO.value(value, PIXELS), view) == word
