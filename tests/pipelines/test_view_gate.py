"""The first gate: views, turned films, and what the file says against what the film shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import radcaliper
from radcaliper.measurements.types import Analysis, Projection, Radiograph, Status
from radcaliper.pipelines.phantoms.hip import hip_phantom
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.protocols.view_gate import view_of_film
from radcaliper.pipelines.reading.file_frame import in_file_frame


@pytest.fixture(scope="module")
def chest(chest_dicom: Path) -> Radiograph:
    return radcaliper.read_radiograph(chest_dicom)


@pytest.fixture(scope="module")
def measured(chest: Radiograph) -> Analysis:
    return radcaliper.analyse("film", chest, "auto")


def ratio(analysis: Analysis) -> float:
    value = next(each.value for each in analysis.measurements if each.name == "cardiothoracic_ratio")
    assert value is not None
    return value


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_film_is_measured_and_says_so(chest: Radiograph, measured: Analysis, turns: int) -> None:
    turned = Radiograph(np.ascontiguousarray(np.rot90(chest.pixels, -turns)))
    found = in_file_frame(radcaliper.analyse("film", turned, "chest"))
    assert found.status is Status.REVIEW
    assert "turned_film" in found.reasons
    assert ratio(found) == pytest.approx(ratio(measured), abs=0.005)
    assert found.prediction is not None
    assert measured.prediction is not None
    expected = np.rot90(measured.prediction.masks["heart"], -turns)
    both = found.prediction.masks["heart"] & expected
    assert 2 * both.sum() / (found.prediction.masks["heart"].sum() + expected.sum()) > 0.97


def test_the_view_and_its_probability_are_told(measured: Analysis) -> None:
    assert (measured.protocol, measured.view) == ("chest", "frontal_chest")
    assert measured.view_probability is not None
    assert measured.view_probability > 0.8
    assert "turned_film" not in measured.reasons


@pytest.mark.parametrize(("other", "reason"), [("spine", "not_ap_spine"), ("hip", "not_ap_hip")])
def test_a_protocol_refuses_another_view_before_it_measures(chest: Radiograph, other: str, reason: str) -> None:
    analysis = radcaliper.analyse("film", chest, other)
    assert (analysis.status, analysis.reasons, analysis.measurements) == (Status.REFUSED, (reason,), ())


def test_auto_finds_the_protocol_of_each_view() -> None:
    assert view_of_film(spine_phantom().film).shows(PROTOCOLS["spine"].views)
    assert view_of_film(hip_phantom().film).shows(PROTOCOLS["hip"].views)


def test_auto_says_why_a_hip_film_cannot_be_measured() -> None:
    whole = hip_phantom().film
    high = replace(whole, pixels=np.ascontiguousarray(whole.pixels[: whole.shape[0] // 2]))
    found = radcaliper.analyse("film", high, "auto")
    assert (found.protocol, found.status) == ("hip", Status.REFUSED)
    assert "shaft_too_short" in found.reasons


def test_a_lateral_by_its_tags_that_shows_a_frontal_chest(chest: Radiograph) -> None:
    tagged = replace(chest, projection=Projection.LATERAL)
    reasons = {finding.reason for finding in view_of_film(tagged).findings}
    assert "tag_contradicts_content" in reasons


def test_a_mirrored_chest_contradicts_a_file_that_says_its_sides(chest: Radiograph) -> None:
    mirrored = replace(chest, pixels=np.ascontiguousarray(chest.pixels[:, ::-1]))
    assert [each.reason for each in view_of_film(replace(mirrored, sides_tagged=False)).findings] == ["mirrored"]
    assert {each.reason for each in view_of_film(replace(mirrored, sides_tagged=True)).findings} == {
        "mirrored",
        "tag_contradicts_content",
    }
