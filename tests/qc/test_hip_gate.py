"""The hip gate lets AP hips through and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.shaft import ShaftCourse
from radcaliper.measurements.types import NotMeasurable, Radiograph
from radcaliper.qc.gates.hip import (
    appears_inverted,
    are_heads_unequal,
    is_head_doubtful,
    is_neck_doubtful,
    is_turned,
    refuse_implausible,
    refuse_irregular_shaft,
    refuse_metal,
    shows_hip,
    shows_metal,
)

HIP = FemurAxes(
    head=np.array([100.0, 140.0]),
    radius=24.0,
    neck=np.array([120.0, 114.0]),
    shaft_upper=np.array([155.0, 100.0]),
    shaft_lower=np.array([300.0, 110.0]),
)


def test_a_usual_hip_passes_on_its_own_side_only() -> None:
    refuse_implausible(HIP, "right")
    with pytest.raises(NotMeasurable, match="implausible_hip"):
        refuse_implausible(HIP, "left")


def test_a_lying_shaft_or_a_straight_neck_is_no_ap_hip() -> None:
    for wrong in (
        replace(HIP, shaft_lower=np.array([160.0, 300.0])),
        replace(HIP, neck=np.array([200.0, 139.0])),
        replace(HIP, head=np.array([280.0, 140.0])),
    ):
        with pytest.raises(NotMeasurable, match="implausible_hip"):
            refuse_implausible(wrong, "right")


def test_metal_in_the_femur_is_a_prosthesis() -> None:
    femur = np.zeros((50, 50), bool)
    femur[10:40, 20:30] = True
    metal, screw = femur.copy(), femur.copy()
    metal[25:] = False
    screw[13:] = False
    for harmless in (np.zeros_like(femur), screw, ~femur):
        refuse_metal(harmless, femur)
    assert shows_metal(screw, femur)
    assert not shows_metal(~femur, femur)
    with pytest.raises(NotMeasurable, match="prosthesis"):
        refuse_metal(metal, femur)


def test_only_a_whole_straight_shaft_passes() -> None:
    below = np.linspace(0, 3, 31)
    whole = ShaftCourse(np.zeros(31), 1 + np.clip(0.8 - below, 0, None))
    refuse_irregular_shaft(whole, 0.95)
    broken = replace(whole, beside=np.where(below > 1.5, 0.4, 0.0))
    pinched = replace(whole, widths=np.where(np.abs(below - 1) < 0.2, 0.5, whole.widths))
    tube = replace(whole, widths=np.ones(31))
    for course, agreement in ((broken, 0.95), (pinched, 0.95), (tube, 0.95), (whole, 0.7)):
        with pytest.raises(NotMeasurable, match="irregular_shaft"):
            refuse_irregular_shaft(course, agreement)


def test_a_head_that_the_passes_differ_on_is_doubtful() -> None:
    assert not is_head_doubtful(0.95, 0.6)
    assert is_head_doubtful(0.85, 0.6)
    assert is_head_doubtful(0.95, 0.4)


def test_heads_of_one_film_are_about_as_large() -> None:
    assert not are_heads_unequal(24.0, 30.0)
    assert are_heads_unequal(24.0, 40.0)
    assert are_heads_unequal(40.0, 24.0)


def test_a_neck_whose_border_is_uncertain_is_doubtful() -> None:
    assert not is_neck_doubtful(0.75)
    assert is_neck_doubtful(0.55)


def test_a_short_neck_is_turned() -> None:
    assert not is_turned(HIP)
    assert is_turned(replace(HIP, head=np.array([120.0, 112.0]), neck=np.array([128.0, 107.0])))


def test_no_hip_that_the_passes_agree_on_is_no_hip_film() -> None:
    assert not shows_hip((), {"right": 0.9, "left": 0.9})
    assert not shows_hip(("right",), {"right": 0.3, "left": 0})
    assert shows_hip(("right",), {"right": 0.9, "left": 0})


def test_dark_femora_are_an_inverted_film() -> None:
    femur = np.zeros((80, 80), bool)
    femur[20:60, 30:50] = True
    bright = Radiograph(np.where(femur, 0.9, 0.3).astype(np.float32))
    assert not appears_inverted(bright, {"right_femur": femur})
    assert appears_inverted(replace(bright, pixels=1 - bright.pixels), {"right_femur": femur})
    assert not appears_inverted(bright, {"right_femur": np.zeros_like(femur)})
