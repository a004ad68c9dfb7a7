"""Why a film is left for a person to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radcaliper.measurements.types import Finding, MaskQuality, Prediction, Radiograph, Status
from radcaliper.pipelines.protocols.base import Examination, film_reasons

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
