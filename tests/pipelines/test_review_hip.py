"""Correcting a hip film: what dragged landmarks and brushed femora do to its numbers."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.measurements.hip.from_mask import axes_from_mask
from radcaliper.measurements.types import Analysis, Point
from radcaliper.pipelines.phantoms.hip import HipPhantom
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import ReviewedMeasurement
from radcaliper.pipelines.review.remeasure import quality_of, remeasure

HIP = PROTOCOLS["hip"].load_review()


def measurements(analysis: Analysis, edits: Edits) -> dict[tuple[str, str], ReviewedMeasurement]:
    return {(each.now.name, each.now.site): each for each in remeasure(analysis, edits).measurements}


def changed(analysis: Analysis, edits: Edits) -> set[tuple[str, str]]:
    return {key for key, each in measurements(analysis, edits).items() if each.corrected_value is not None}


def test_the_phantom_is_as_it_says(hips: HipPhantom) -> None:
    for side, axes in hips.axes.items():
        assert axes.ccd_angle() == pytest.approx(127)
        seen = axes_from_mask(hips.femora[side], hips.film.grid, side)
        assert seen.ccd_angle() == pytest.approx(127, abs=2.5)
        assert seen.radius == pytest.approx(24, abs=0.3)
        assert np.allclose(seen.head, axes.head, atol=0.5)
    assert (hips.femora["right"] == hips.femora["left"][:, ::-1]).all()


def test_without_edits_all_numbers_are_the_automatic_ones(hip_analysis: Analysis) -> None:
    untouched = remeasure(hip_analysis, Edits())
    assert [each.now for each in untouched.measurements] == list(hip_analysis.measurements)
    assert len(untouched.landmarks) == 10
    assert len(untouched.lines) == 8


def test_a_neck_turned_about_the_head_turns_the_angle(hip_analysis: Analysis) -> None:
    head = np.array(hip_analysis.landmarks["right_femoral_head_center"].point)
    neck = np.array(hip_analysis.landmarks["right_neck_center"].point)
    turn = np.radians(10)
    turned = head + np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ (neck - head)
    edits = Edits().with_landmarks({"right_neck_center": Point(*turned)})
    assert changed(hip_analysis, edits) == {("ccd_angle", "right")}
    angle = measurements(hip_analysis, edits)["ccd_angle", "right"]
    assert abs(angle.now.value - 127) == pytest.approx(10, abs=1e-6)
    assert angle.automatic.value == pytest.approx(127)


def test_the_edge_sets_the_diameter_and_follows_the_centre(hip_analysis: Analysis) -> None:
    places = HIP.landmarks(hip_analysis, Edits())
    edge, head = places["left_femoral_head_edge"], places["left_femoral_head_center"]
    assert head.row - edge.row == pytest.approx(24 / 0.4)
    wider = Edits().with_landmarks({"left_femoral_head_edge": edge._replace(row=edge.row - 5)})
    assert changed(hip_analysis, wider) == {("femoral_head_diameter", "left")}
    assert measurements(hip_analysis, wider)["femoral_head_diameter", "left"].now.value == pytest.approx(52)
    moved = {"left_femoral_head_center": Point(head.row + 3, head.col + 4)}
    along = HIP.linked_landmarks(places, moved)
    assert along == {"left_femoral_head_edge": pytest.approx((edge.row + 3, edge.col + 4))}
    both = Edits().with_landmarks({**along, **moved})
    assert measurements(hip_analysis, both)["femoral_head_diameter", "left"].now.value == pytest.approx(48)
    assert ("femoral_offset", "left") in changed(hip_analysis, both)


def test_a_lower_shaft_lengthens_the_leg(hip_analysis: Analysis) -> None:
    upper = hip_analysis.landmarks["right_shaft_upper"].point
    lower = Edits().with_landmarks({"right_shaft_upper": upper._replace(row=upper.row + 10)})
    assert measurements(hip_analysis, lower)["leg_length_difference", ""].now.value == pytest.approx(4)


def test_a_brushed_femur_is_read_from_its_mask(hip_analysis: Analysis, hips: HipPhantom) -> None:
    mask = np.roll(hips.femora["right"], (7, 3), axis=(0, 1))
    mask[:7] = False
    edits = Edits().with_mask("right_femur", mask)
    expected = axes_from_mask(mask, hips.film.grid, "right")
    now = measurements(hip_analysis, edits)
    assert now["ccd_angle", "right"].now.value == pytest.approx(expected.ccd_angle())
    assert now["femoral_head_diameter", "right"].now.value == pytest.approx(2 * expected.radius)
    assert {site for _, site in changed(hip_analysis, edits)} == {"right", ""}
    head = remeasure(hip_analysis, edits).landmarks["right_femoral_head_center"]
    assert head == pytest.approx(expected.points(hips.film.grid)[0])


def test_a_mask_that_shows_no_neck_is_refused_until_landmarks_are_dragged(hip_analysis: Analysis) -> None:
    stump = hip_analysis.prediction.masks["left_femur"].copy()
    stump[:600] = False
    edits = Edits().with_mask("left_femur", stump)
    refused = measurements(hip_analysis, edits)["ccd_angle", "left"].now
    assert refused.value is None
    assert refused.reasons == ("neck_not_seen",)
    assert measurements(hip_analysis, edits)["ccd_angle", "right"].corrected_value is None
    neck = hip_analysis.landmarks["left_neck_center"].point
    dragged = edits.with_landmarks({"left_neck_center": neck})
    assert measurements(hip_analysis, dragged)["ccd_angle", "left"].now.value == pytest.approx(127)


def test_both_femora_stand_behind_the_leg_length(hip_analysis: Analysis) -> None:
    assert HIP.measured_on(hip_analysis.measurements[-1]) == ("right_femur", "left_femur")
    assert quality_of(hip_analysis.measurements[0], hip_analysis) == 0.9


def test_a_neck_dragged_onto_the_head_is_refused(hip_analysis: Analysis) -> None:
    head = hip_analysis.landmarks["right_femoral_head_center"].point
    now = measurements(hip_analysis, Edits().with_landmarks({"right_neck_center": head}))
    assert now["ccd_angle", "right"].now.reasons == ("implausible_hip",)
    assert now["ccd_angle", "left"].corrected_value is None
