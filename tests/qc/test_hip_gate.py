"""The hip gate lets AP hips through and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.types import NotMeasurable, Radiograph
from radcaliper.qc.gates.hip import (
    appears_inverted,
    is_turned,
    refuse_implausible,
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
