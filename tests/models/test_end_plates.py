"""End plates on the film: tilts that are off are turned to the edges, wedges stay, an empty film changes nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radcaliper.measurements.spine.vertebra import Corners, vertebral_tilts
from radcaliper.measurements.types import Grid
from radcaliper.models.spine.end_plates import fit_end_plates, turned_to_edges, unsure_end_plates

SHAPE = (1200, 600)


def vertebrae(tilts: np.ndarray, wedge: float = 0.0) -> Corners:
    """Rectangles 80 wide and 48 high from the top down, tilted by degrees; ``wedge`` opens the fifth one."""
    found = []
    for place, tilt in enumerate(np.radians(tilts)):
        middle, along = np.array([100.0 + 66 * place, 300.0]), np.array([np.sin(tilt), np.cos(tilt)])
        down = np.array([along[1], -along[0]])
        quad = np.array([middle + side * 40 * along + end * 24 * down for end in (-1, 1) for side in (-1, 1)])
        if place == 4:
            quad[[1, 3], 0] += np.array([1, -1]) * 80 * np.tan(np.radians(wedge))
        found.append(quad)
    return np.array(found)


def film_of(corners: Corners) -> np.ndarray:
    """Bright bodies on grey, with soft edges."""
    film = np.full(SHAPE, 0.4, np.float32)
    for quad in corners:
        cv2.fillPoly(film, [np.round(quad[[0, 1, 3, 2], ::-1] * 16).astype(np.int32)], 0.7, cv2.LINE_8, 4)
    return cv2.GaussianBlur(film, (0, 0), 2.0)


def tilts_of(corners: Corners) -> np.ndarray:
    return vertebral_tilts(corners, Grid())


CURVED = 20 * np.cos(np.linspace(0, 2 * np.pi, 16))


def test_tilts_that_are_off_are_turned_to_the_edges() -> None:
    true = vertebrae(CURVED)
    off = np.where(np.arange(16) % 2, 3.0, -3.0)
    given = vertebrae(CURVED + off)
    found = turned_to_edges(given, fit_end_plates(film_of(true), given))
    left = np.abs(tilts_of(found) - tilts_of(true))
    assert left.mean() < 0.8  # of 3 degrees
    assert left.max() < 1.5
    assert np.abs(found.mean(axis=1) - given.mean(axis=1)).max() < 0.1  # it turns about the middles


def test_true_end_plates_stay() -> None:
    true = vertebrae(CURVED, wedge=5)
    found = turned_to_edges(true, fit_end_plates(film_of(true), true))
    assert np.abs(tilts_of(found) - tilts_of(true)).max() < 0.6
    upper, lower = found[4, 1] - found[4, 0], found[4, 3] - found[4, 2]
    opened = np.degrees(np.arctan2(upper[0], upper[1]) - np.arctan2(lower[0], lower[1]))
    assert opened == pytest.approx(10, abs=1.0)


def test_a_film_without_edges_says_nothing() -> None:
    given = vertebrae(np.linspace(20, -20, 16))
    fit = fit_end_plates(np.full(SHAPE, 0.5, np.float32), given)
    assert np.allclose(turned_to_edges(given, fit), given, atol=1e-6)
    assert min(unsure_end_plates(fit)) > 0.9
    assert max(unsure_end_plates(fit_end_plates(film_of(given), given))) < 0.7


@pytest.mark.parametrize("row", [-20, 1050])
def test_vertebrae_across_the_edge_of_the_film_are_turned_too(row: float) -> None:
    given = vertebrae(CURVED)[:2] - [100, 0] + [row, 0]
    found = turned_to_edges(given, fit_end_plates(film_of(given), given))
    assert found.shape == given.shape
    assert np.isfinite(found).all()
