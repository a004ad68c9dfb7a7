"""The hip protocol on real films."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radcaliper.measurements.catalog import CCD_ANGLE
from radcaliper.measurements.types import Analysis, Radiograph, Status
from radcaliper.pipelines.phantoms.hip import HipPhantom
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.reading import read_radiograph

HIP = PROTOCOLS["hip"]


@pytest.fixture(scope="module")
def pelvis(data_folder: Path) -> Analysis:
    return HIP.analyse("pelvis", read_radiograph(data_folder / "hip" / "real" / "pelvis_ap_unlabelled.jpg"))


def test_both_hips_of_a_real_pelvis_are_measured(pelvis: Analysis) -> None:
    angles = {m.site: m for m in pelvis.measurements if m.spec is CCD_ANGLE}
    assert set(angles) == {"right", "left"}
    for angle in angles.values():
        assert angle.value is not None
        assert 110 < angle.value < 150
        assert len(angle.points) == 4
    assert len(pelvis.landmarks) == 8
    assert pelvis.landmarks["right_shaft_upper"].point.col < pelvis.landmarks["left_shaft_upper"].point.col


def test_every_number_has_its_row(pelvis: Analysis) -> None:
    rows = [(m.name, m.site) for m in pelvis.measurements]
    assert len(rows) == len(set(rows)) == 7
    assert rows[-1] == ("leg_length_difference", "")


def test_lengths_without_a_spacing_are_pixels(pelvis: Analysis) -> None:
    units = {m.unit for m in pelvis.measurements if m.spec is not CCD_ANGLE and m.value is not None}
    assert units == {"px"}


def test_the_overlay_is_drawn(pelvis: Analysis) -> None:
    canvas = HIP.load_overlay()(pelvis)
    assert canvas.shape[0] == 1024  # the film as high as it is; a panel stands beside it
    assert (canvas[..., 0] != canvas[..., 2]).any()


def test_a_hip_of_the_other_side_than_the_file_says(data_folder: Path) -> None:
    film = read_radiograph(data_folder / "hip" / "real" / "pelvis_ap_unlabelled.jpg")
    half = Radiograph(np.ascontiguousarray(film.pixels[:, : film.shape[1] // 2]))  # the patient's right hip
    reasons = {side: HIP.analyse("half", replace(half, laterality=side)).reasons for side in ("R", "L", "")}
    assert "tag_contradicts_content" in reasons["L"]
    assert "tag_contradicts_content" not in (*reasons["R"], *reasons[""])


def test_a_mirrored_film_has_the_sides_swapped(data_folder: Path, pelvis: Analysis) -> None:
    film = read_radiograph(data_folder / "hip" / "real" / "pelvis_ap_unlabelled.jpg")
    mirrored = HIP.analyse("mirrored", Radiograph(np.ascontiguousarray(film.pixels[:, ::-1])))
    angles = [{m.site: m.value for m in each.measurements if m.spec is CCD_ANGLE} for each in (pelvis, mirrored)]
    assert angles[1]["left"] == pytest.approx(angles[0]["right"], abs=4)
    assert angles[1]["right"] == pytest.approx(angles[0]["left"], abs=4)


def test_the_synthetic_hips_have_the_angle_that_they_were_drawn_with(hips: HipPhantom) -> None:
    analysis = HIP.analyse("phantom", hips.film)
    angles = {m.site: m.value for m in analysis.measurements if m.spec is CCD_ANGLE}
    for side, axes in hips.axes.items():
        assert angles[side] == pytest.approx(axes.ccd_angle(), abs=5)


def test_a_film_that_was_turned_bright_says_so(hips: HipPhantom) -> None:
    assert "inverted" in HIP.analyse("turned", replace(hips.film, turned_bright=True)).reasons


def test_a_frog_leg_lateral_gives_no_angle_that_is_ok(data_folder: Path) -> None:
    analysis = HIP.analyse("frog", read_radiograph(data_folder / "dicom" / "hip_frog_lateral_nema_rg2.dcm"))
    assert not any(m.spec is CCD_ANGLE and m.status is Status.OK for m in analysis.measurements)


def test_a_chest_film_is_refused(chest_dicom: Path) -> None:
    analysis = HIP.analyse("chest", read_radiograph(chest_dicom))
    assert analysis.status is Status.REFUSED
    assert "not_ap_hip" in analysis.reasons


@pytest.mark.parametrize("kind", ["black", "noise"])
def test_no_picture_is_refused(kind: str) -> None:
    pixels = np.zeros((300, 300), np.float32)
    if kind == "noise":
        pixels = np.random.default_rng(0).random((300, 300)).astype(np.float32)
    assert HIP.analyse(kind, Radiograph(pixels)).status is Status.REFUSED
