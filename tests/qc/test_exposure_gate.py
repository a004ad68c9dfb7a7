"""Clipped films and hidden borders are found, and plain films pass."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask, Radiograph
from radcaliper.qc.gates.exposure import exposure_findings, metal_objects

NAMES = ("lung",)


def lung() -> Mask:
    rows, cols = np.indices((400, 300))
    return ((rows - 200) / 120) ** 2 + ((cols - 150) / 80) ** 2 <= 1


def plain() -> NDArray[np.float32]:
    """A dark lung in a bright body with some grain, from 0.1 to 0.9."""
    rng = np.random.default_rng(0)
    rows = np.linspace(0, 0.1, 400)[:, None]
    grey = np.where(lung(), 0.25, 0.7) + rows + rng.normal(0, 0.02, (400, 300))
    grey[:20], grey[-20:] = 0.1, 0.9  # a collimated edge and a bright one
    return grey.astype(np.float32)


def reasons(pixels: NDArray[np.float32]) -> list[str]:
    return [finding.reason for finding in exposure_findings(Radiograph(pixels), {"lung": lung()}, NAMES)]


def test_a_plain_film_passes() -> None:
    assert reasons(plain()) == []


def test_clipped_lungs_are_badly_exposed() -> None:
    assert "underexposed" in reasons(np.clip(plain(), 0.4, 1))
    assert "overexposed" in reasons(np.clip(plain(), 0, 0.2))


def test_a_plate_over_the_border_hides_it_and_one_beside_it_does_not() -> None:
    over, beside = plain(), plain()
    over[150:250, 40:110] = 0.5
    beside[180:220, 125:165] = 0.5
    assert reasons(over) == ["border_hidden"]
    assert reasons(beside) == []


def test_metal_over_the_border_hides_it() -> None:
    metal = plain()
    rng = np.random.default_rng(1)
    metal[190:206, 62:80] = (0.98 + rng.normal(0, 0.01, (16, 18))).astype(np.float32)
    assert "border_hidden" not in reasons(plain())
    assert "border_hidden" in reasons(metal)


def test_a_film_without_the_masks_has_no_finding() -> None:
    assert exposure_findings(Radiograph(plain()), {"lung": np.zeros((400, 300), bool)}, NAMES) == ()


@pytest.mark.parametrize("width", [60, 150, 320])
def test_metal_is_what_an_opening_by_a_disc_takes_away(width: int) -> None:
    rng = np.random.default_rng(width)
    grey = cv2.GaussianBlur(rng.random((300, 400)).astype(np.float32), (0, 0), 20)
    grey = 0.5 * (grey - grey.min()) / np.ptp(grey)
    for _ in range(40):
        row, col, rows, cols = rng.integers((0, 0, 4, 4), (300, 400, 60, 60))
        grey[row : row + rows, col : col + cols] = 0.99
    side = int(0.16 * width) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    bright = (grey > 0.97) & (cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, disc) > 0.4)
    expected = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0
    assert np.array_equal(metal_objects(grey, width), expected)
    assert expected.any() or width == 60
