"""Films without a picture are refused before any network sees them."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.types import Radiograph
from radcaliper.qc.gates.film import film_findings


def reasons(pixels: np.ndarray) -> list[str]:
    return [finding.reason for finding in film_findings(Radiograph(pixels.astype(np.float32)))]


def test_black_is_blank() -> None:
    assert reasons(np.zeros((300, 300))) == ["blank_film"]


def test_nearly_constant_is_blank() -> None:
    assert reasons(1000 + np.random.default_rng(0).normal(0, 0.1, (300, 300))) == ["blank_film"]


def test_noise_is_noise() -> None:
    assert reasons(np.random.default_rng(0).normal(0, 1, (1000, 800))) == ["noise_film"]


def test_a_smooth_picture_passes() -> None:
    rows, cols = np.indices((700, 600))
    assert reasons(np.sin(rows / 60) * np.cos(cols / 80)) == []
