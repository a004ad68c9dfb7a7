"""What a correction does to a film's measurements: geometry, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from radcaliper.measurements.catalog import CARINA_ANGLE, FEMORAL_OFFSET, LEG_LENGTH_DIFFERENCE, TRACHEA_DEVIATION
from radcaliper.measurements.chest.airway import carina_angle, find_carina, find_fork, trachea_deviation
from radcaliper.measurements.region import Region
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import (
    Analysis,
    Grid,
    Key,
    Landmark,
    MeasuredValue,
    Measurement,
    Point,
    Status,
    Unit,
)
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.review.edits import Edits, History
from radcaliper.pipelines.review.mask_repair import fill_holes, keep_largest, smooth_outline
from radcaliper.pipelines.review.measurements import ReviewedMeasurement, reviewed_measurement
from radcaliper.pipelines.review.remeasure import quality_of, remeasure

CTR = Key("cardiothoracic_ratio", "", "mask")
MAIN = Key("cobb_angle_aasce", "main", "vertebral_tilt")


def measurement(analysis: Analysis, edits: Edits, key: tuple[str, str, str]) -> ReviewedMeasurement:
    return next(each for each in remeasure(analysis, edits).measurements if each.now.key == key)


def tilt(quad: np.ndarray) -> float:
    """Degrees of the line between the middles of a vertebra's sides, by hand."""
    left, right = (quad[0] + quad[2]) / 2, (quad[1] + quad[3]) / 2
    return float(np.degrees(np.arctan((right[0] - left[0]) / (right[1] - left[1]))))


def test_without_edits_all_is_as_it_was_measured(spine_analysis: Analysis, chest_analysis: Analysis) -> None:
    for analysis in (spine_analysis, chest_analysis):
        untouched = remeasure(analysis, Edits()).measurements
        assert [each.now for each in untouched] == list(analysis.measurements)
        assert all(each.corrected_value is None for each in untouched)


@pytest.mark.parametrize("corner", [0, 1, 2, 3], ids=["tl", "tr", "bl", "br"])
def test_a_dragged_corner_turns_its_vertebra(spine_analysis: Analysis, corner: int) -> None:
    automatic = measurement(spine_analysis, Edits(), MAIN).now
    upper, lower = (automatic.details[end] for end in ("upper", "lower"))
    names = [f"{upper}_{which}" for which in ("tl", "tr", "bl", "br")]
    quad = np.array([spine_analysis.landmarks[name].point for name in names])
    before = tilt(quad)
    steeper = 1 if before > 0 else -1
    quad[corner, 0] += 9 * steeper * (1 if corner in (1, 3) else -1)  # the right end down, or the left end up
    now = measurement(spine_analysis, Edits().with_landmarks({names[corner]: Point(*quad[corner])}), MAIN)
    assert lower != upper
    assert now.corrected_value == pytest.approx(automatic.value + abs(tilt(quad) - before), abs=1e-5)
    assert now.automatic == automatic
    assert now.now.upper - now.now.value == pytest.approx(automatic.upper - automatic.value)


def test_a_straightened_spine_has_lost_its_second_curve(spine_analysis: Analysis) -> None:
    rows = {name: landmark.point for name, landmark in spine_analysis.landmarks.items()}
    pairs = [(f"vertebra_{n:02d}_{side}l", f"vertebra_{n:02d}_{side}r") for n in range(1, 18) for side in "tb"]
    level = {left: Point(rows[right].row, rows[left].col) for left, right in pairs}
    lost = measurement(spine_analysis, Edits().with_landmarks(level), ("cobb_angle", "curve_2", "vertebral_tilt"))
    assert lost.automatic is not None
    assert lost.now.status is Status.REFUSED
    assert lost.now.reasons == ("corrected_away",)


def test_a_wider_heart_widens_the_ratio_and_nothing_else(chest_analysis: Analysis) -> None:
    heart = chest_analysis.prediction.masks["heart"].copy()
    heart[185:195, 261:271] = True
    edits = Edits().with_mask("heart", heart)
    assert measurement(chest_analysis, edits, CTR).now.value == pytest.approx(131 / 281)
    changed = {each.now.name for each in remeasure(chest_analysis, edits).measurements if each.corrected_value}
    assert changed == {"cardiothoracic_ratio", "heart_width", "heart_area"}
    assert remeasure(chest_analysis, edits).landmarks["heart_left"].col == 270.5  # the outer edge of its last pixel


def test_a_dragged_end_counts_until_its_mask_is_brushed(chest_analysis: Analysis) -> None:
    structures = PROTOCOLS["chest"].load_review().landmark_structures
    end = chest_analysis.landmarks["heart_left"].point
    moved = Edits().with_landmarks({"heart_left": end._replace(col=end.col + 14)})
    assert measurement(chest_analysis, moved, CTR).now.value == pytest.approx(135 / 281)
    assert measurement(chest_analysis, moved, ("heart_width", "", "mask")).now.value == pytest.approx(135 / 2)
    forget = [name for name, structure in structures.items() if structure == "heart"]
    painted = moved.with_mask("heart", chest_analysis.prediction.masks["heart"], forget)
    assert measurement(chest_analysis, painted, CTR).now.value == pytest.approx(121 / 281)


def test_crossed_ends_are_refused(chest_analysis: Analysis) -> None:
    crossed = Edits().with_landmarks({"heart_left": Point(190, 10)})
    assert measurement(chest_analysis, crossed, CTR).now.reasons == ("implausible_masks",)


def test_a_correction_answers_doubts_about_masks_but_not_about_the_film(chest_analysis: Analysis) -> None:
    doubtful = replace(chest_analysis.measurements[0], status=Status.REVIEW, reasons=("rotated", "low_quality"))
    analysis = replace(chest_analysis, measurements=(doubtful, *chest_analysis.measurements[1:]))
    edits = Edits().with_mask("heart", chest_analysis.prediction.masks["heart"])
    assert measurement(analysis, edits, CTR).now.reasons == ("rotated",)


def test_a_measurement_is_as_good_as_its_worst_mask(chest_analysis: Analysis) -> None:
    qualities = tuple(
        replace(each, quality=0.7) if each.structure == "heart" else each for each in chest_analysis.qualities
    )
    analysis = replace(chest_analysis, qualities=qualities)
    assert quality_of(analysis.measurements[0], analysis) == 0.7
    assert quality_of(analysis.measurements[1], analysis) == 0.85


def test_undo_goes_back_and_forgets_what_another_edit_replaced() -> None:
    one, two, other = (Edits().with_landmarks({"a": Point(n, 0)}) for n in (1, 2, 3))
    history = History().with_edits(one).with_edits(two).undone()
    assert history.current is one
    assert history.redone().current is two
    assert history.with_edits(other).redone().current is other
    assert not history.undone().undone().current


def square(holes: bool) -> np.ndarray:
    mask = np.zeros((60, 60), bool)
    mask[10:50, 10:50] = True
    mask[25:30, 25:30] = not holes
    return mask


def test_mending_does_what_it_says() -> None:
    assert (fill_holes(square(holes=True)) == square(holes=False)).all()
    two = square(holes=False)
    two[2:5, 2:5] = True
    assert (keep_largest(two) == square(holes=False)).all()
    assert not keep_largest(np.zeros((9, 9), bool)).any()


def test_smoothing_takes_teeth_and_keeps_borders() -> None:
    mask = np.zeros((200, 200), bool)
    mask[50:150, 50:150] = True
    toothed = mask.copy()
    toothed[46:50, 100] = True
    smoothed = smooth_outline(toothed)
    assert not smoothed[46:49, 100].any()
    assert (smoothed[100, :] == mask[100, :]).all()


def forked_airways(shape: tuple[int, int]) -> np.ndarray:
    """A trachea down to row 100 and two bronchi that part from there at 45 degrees each."""
    airways = np.zeros(shape, bool)
    airways[40:100, 195:206] = True
    for down in range(40):
        airways[100 + down, 195 - down : 206 - down] = True
        airways[100 + down, 195 + down : 206 + down] = True
    return airways


@pytest.fixture
def with_airways(chest_analysis: Analysis, automatic: Callable[[MeasuredValue], Measurement]) -> Analysis:
    """The drawn chest with airways that fork, and a spine whose middle is the trachea's from row 60 down."""
    spine = np.zeros(chest_analysis.radiograph.shape, bool)
    spine[20:60, 190:200], spine[60:200, 195:206] = True, True
    masks = {**chest_analysis.prediction.masks, "airways": forked_airways(spine.shape), "spine": spine}
    grid = chest_analysis.radiograph.grid
    kept = [each for each in chest_analysis.measurements if each.spec not in (CARINA_ANGLE, TRACHEA_DEVIATION)]
    measured = (carina_angle(masks, grid), trachea_deviation(masks, grid))
    return replace(
        chest_analysis,
        prediction=replace(chest_analysis.prediction, masks=masks),
        measurements=(*kept, *map(automatic, measured)),
        landmarks={**chest_analysis.landmarks, "carina": Landmark(find_carina(masks["airways"]), 0.9)},
    )


def test_a_dragged_carina_changes_what_rests_on_it_and_nothing_else(with_airways: Analysis) -> None:
    angle, deviation = Key("carina_angle", "", "mask"), Key("trachea_deviation", "", "mask")
    found = with_airways.landmarks["carina"].point
    held = Edits().with_landmarks({"carina": found})
    assert measurement(with_airways, held, angle).now.value == pytest.approx(90)
    assert all(each.corrected_value is None for each in remeasure(with_airways, held).measurements)
    higher = Edits().with_landmarks({"carina": found._replace(row=found.row - 30)})
    bronchus = float(np.ptp(find_fork(Region.of(with_airways.prediction.masks["airways"])).right[:, 0]))
    steeper = 2 * np.degrees(np.arctan2(bronchus, bronchus + 30))
    assert measurement(with_airways, higher, angle).now.value == pytest.approx(steeper)
    assert measurement(with_airways, higher, angle).now.points[1] == higher.points["carina"]
    assert measurement(with_airways, Edits(), deviation).now.value == pytest.approx(0)
    assert measurement(with_airways, higher, deviation).now.value > 0.1  # the lower half now reaches above row 60
    changed = {each.now.name for each in remeasure(with_airways, higher).measurements if each.corrected_value}
    assert changed == {"carina_angle", "trachea_deviation"}


def test_a_carina_that_was_dragged_is_found_anew_on_brushed_airways(with_airways: Analysis) -> None:
    assert PROTOCOLS["chest"].load_review().landmark_structures["carina"] == "airways"
    lower = np.roll(with_airways.prediction.masks["airways"], 10, axis=0)
    found = with_airways.landmarks["carina"].point
    assert remeasure(with_airways, Edits().with_mask("airways", lower)).landmarks["carina"].row == found.row + 10


@pytest.mark.parametrize(("spec", "site", "lowest"), [(LEG_LENGTH_DIFFERENCE, "", -3.0), (FEMORAL_OFFSET, "left", 0.0)])
def test_a_corrected_distance_to_either_side_has_an_interval_on_both(
    spec: MeasurementSpec, site: str, lowest: float
) -> None:
    automatic = Measurement(spec, site, "mask", Status.OK, 8.0, Unit.MILLIMETRE, 4.0, 12.0)
    now = reviewed_measurement(spec, automatic.key, spec.value(1.0, Grid(1, 1, "mm"), site=site), automatic, "").now
    assert (now.lower, now.upper) == (lowest, 5.0)


def test_what_has_no_interval_has_none_after_a_correction(with_airways: Analysis) -> None:
    found = with_airways.landmarks["carina"].point
    higher = Edits().with_landmarks({"carina": found._replace(row=found.row - 30)})
    for key in (Key("carina_angle", "", "mask"), Key("trachea_deviation", "", "mask")):
        now = measurement(with_airways, higher, key)
        assert now.automatic is not None
        assert now.automatic.interval is now.now.interval is None
