"""Why a film is left for a person to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radcaliper.measurements.catalog import CCD_ANGLE
from radcaliper.measurements.types import Finding, Grid, MaskQuality, Measurement, Prediction, Radiograph, Status
from radcaliper.pipelines.protocols.base import Examination, film_reasons, main_reasons
from radcaliper.pipelines.protocols.registry import analyse

BAD = MaskQuality("airways", Status.REVIEW, 0.6, 0.5, 9, None, reasons=("low_quality",))


def examined(*qualities: MaskQuality, findings: tuple[Finding, ...] = ()) -> Examination[None]:
    return Examination(Radiograph(np.zeros((8, 8), np.float32)), Prediction(), None, qualities, findings)


def test_only_masks_that_the_protocol_needs_make_a_film_one_to_review() -> None:
    assert film_reasons(examined(BAD), ("heart",)) == set()
    assert film_reasons(examined(BAD, replace(BAD, structure="heart")), ("heart",)) == {"low_quality"}


def test_what_a_gate_found_counts_unless_it_refuses_one_side_alone() -> None:
    findings = (
        Finding("rotated", Status.REVIEW, ("heart_width",)),
        Finding("inverted", Status.REVIEW),
        Finding("hip_cut_off", Status.REFUSED, ("left",)),
    )
    assert film_reasons(examined(findings=findings), ()) == {"rotated", "inverted"}


def angle(side: str, *reasons: str) -> Measurement:
    return Measurement.of(CCD_ANGLE.value(128.0, Grid(), site=side), (120.0, 136.0), "normal", reasons)


def refused(side: str, reason: str) -> Measurement:
    return Measurement.refused(CCD_ANGLE, side, "mask", reason)


def test_a_film_of_one_hip_is_ok_without_the_other() -> None:
    assert main_reasons([angle("right"), refused("left", "structure_not_seen")]) == set()


def test_a_film_one_of_whose_hips_is_refused_is_not_ok() -> None:
    assert main_reasons([angle("right"), refused("left", "hip_cut_off")]) == {"hip_cut_off"}


def test_a_film_all_of_whose_main_measurements_are_doubtful_is_not_ok() -> None:
    assert main_reasons([angle("right", "wide_interval"), angle("left", "hip_turned")]) == {
        "wide_interval",
        "hip_turned",
    }
    assert main_reasons([angle("right", "wide_interval"), angle("left")]) == set()


def test_a_film_of_no_protocol_says_that_alone() -> None:
    rows, cols = np.mgrid[:300, :300]
    rings = np.sin(np.hypot(rows - 150, cols - 150) / 12).astype(np.float32)
    analysis = analyse("rings", Radiograph(rings), "auto")
    assert (analysis.status, analysis.protocol, analysis.reasons) == (Status.REFUSED, "", ("no_protocol",))
