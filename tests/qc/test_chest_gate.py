"""Gates after prediction: what is no chest, what is cut, mirrored, rotated or inverted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask, Pass, Prediction, Radiograph
from radcaliper.qc.gates.chest import appears_inverted, chest_findings
from radcaliper.qc.thorax_proportions import mahalanobis_distance


def ellipse(row: float, col: float, half_height: float, half_width: float) -> Mask:
    rows, cols = np.indices((400, 400))
    return ((rows - row) / half_height) ** 2 + ((cols - col) / half_width) ** 2 <= 1


@pytest.fixture
def masks() -> dict[str, Mask]:
    """A thorax of usual proportions, drawn with ellipses."""
    heart = ellipse(245, 215, 55, 68)
    return {
        "right_lung": ellipse(180, 130, 115, 55) & ~heart,
        "left_lung": ellipse(180, 280, 115, 55) & ~heart,
        "heart": heart,
        "cardiomediastinum": heart | ellipse(150, 200, 70, 25),
        "spine": ellipse(200, 200, 2000, 14),
    }


def seen(masks: dict[str, Mask], agreement: float = 0.95) -> Prediction:
    return Prediction(masks, passes=(Pass(masks),), agreement=dict.fromkeys(masks, agreement))


def film(masks: dict[str, Mask], lungs: float = 0.2, bright: float = 0.8) -> Radiograph:
    """A drawn chest with some grain, between a dark and a bright edge."""
    pixels: NDArray[np.float32] = np.full(masks["heart"].shape, bright, np.float32)
    pixels[masks["right_lung"] | masks["left_lung"]] = lungs
    pixels += np.random.default_rng(0).normal(0, 0.01, pixels.shape).astype(np.float32)
    pixels[:8], pixels[-8:] = 0, 1
    return Radiograph(pixels)


def reasons(masks: dict[str, Mask], rotation: float | None = 0.9, agreement: float = 0.95) -> set[str]:
    return {finding.reason for finding in chest_findings(film(masks), seen(masks, agreement), rotation)}


def test_a_usual_chest_has_no_findings(masks: dict[str, Mask]) -> None:
    assert mahalanobis_distance(masks) < 3
    assert reasons(masks) <= {"unusual_shape"}  # ellipses are no lungs


def test_masks_all_over_are_no_chest(masks: dict[str, Mask]) -> None:
    assert reasons(masks | {"heart": ellipse(60, 350, 20, 20)}) == {"not_frontal_chest"}
    assert reasons(masks | {"left_lung": np.zeros((400, 400), bool)}) == {"not_frontal_chest"}


def test_passes_that_disagree_are_no_chest(masks: dict[str, Mask]) -> None:
    assert reasons(masks, agreement=0.3) == {"not_frontal_chest"}


def test_a_turned_patient_is_rotated(masks: dict[str, Mask]) -> None:
    assert "rotated" in reasons(masks, rotation=0.2)
    assert "rotated" not in reasons(masks, rotation=None)


def test_a_heart_on_the_right_is_mirrored(masks: dict[str, Mask]) -> None:
    swap = {"right_lung": "left_lung", "left_lung": "right_lung"}
    assert "mirrored" in reasons({swap.get(name, name): mask[:, ::-1] for name, mask in masks.items()})
    assert "mirrored" not in reasons(masks)


def test_a_heart_on_the_right_contradicts_a_file_that_says_the_sides(masks: dict[str, Mask]) -> None:
    swap = {"right_lung": "left_lung", "left_lung": "right_lung"}
    mirrored = {swap.get(name, name): np.ascontiguousarray(mask[:, ::-1]) for name, mask in masks.items()}
    for seen_masks, expected in ((mirrored, True), (masks, False)):
        tagged = replace(film(seen_masks), sides_tagged=True)
        found = {finding.reason for finding in chest_findings(tagged, seen(seen_masks), 0.9)}
        assert ("tag_contradicts_content" in found) is expected


def test_a_lung_at_the_edge_is_cut(masks: dict[str, Mask]) -> None:
    cut = {name: mask[:, 74:] for name, mask in masks.items()}
    findings = chest_findings(film(cut), seen(cut), 0.9)
    assert "border_cut" in {finding.reason for finding in findings}


def test_bright_lungs_are_an_inverted_film(masks: dict[str, Mask]) -> None:
    assert not appears_inverted(film(masks), masks)
    assert appears_inverted(film(masks, lungs=0.8, bright=0.2), masks)
