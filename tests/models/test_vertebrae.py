"""The strip and the vertebrae on it: there and back, none skipped, none invented."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.learning.spine.strips import strip_maps
from radcaliper.models.spine.channels import COLS, ROWS, onto_maps, onto_strip
from radcaliper.models.spine.decode import Vertebrae, decode
from radcaliper.models.spine.quad_overlap import quad_dice
from radcaliper.models.spine.sequence import RowPredictions, best_sequence
from radcaliper.models.spine.strip import Strip, smooth_centreline, strip_along
from radcaliper.models.spine.strip_margins import fitting_margins, mirrored_corners


def bent_spine(count: int = 17, bend: float = 60.0) -> np.ndarray:
    """(count, 4, 2) corners of upright rectangles along an S on a film."""
    rows = np.linspace(100, 1100, count)
    cols = 300 + bend * np.sin(np.linspace(0, 2 * np.pi, count))
    half = np.array([[-22, -35], [-22, 35], [22, -35], [22, 35]], float)
    return np.stack([rows, cols], axis=1)[:, None] + half


def strip_of(corners: np.ndarray) -> Strip:
    return strip_along(smooth_centreline(corners.mean(axis=1), 1.0), ROWS, COLS, (0.1, 0.1))


@given(st.floats(-90, 90))
def test_a_place_comes_back_from_the_strip(bend: float) -> None:
    corners = bent_spine(bend=bend)
    strip = strip_of(corners)
    there = strip.from_film(corners.reshape(-1, 2))
    assert np.abs(strip.to_film(there) - corners.reshape(-1, 2)).max() < 1.5


def test_map_pixels_hold_two_strip_pixels() -> None:
    assert np.allclose(onto_maps(np.array([0.5, 2.5])), [0, 1])
    assert np.allclose(onto_strip(onto_maps(np.array([3.0, 17.25]))), [3.0, 17.25])


@pytest.mark.parametrize("first", [1, 5])
def test_what_is_drawn_is_read(first: int) -> None:
    corners = bent_spine()[first - 1 :]
    strip = strip_of(bent_spine())
    on_strip = strip.from_film(corners.reshape(-1, 2)).reshape(-1, 4, 2)
    maps, _ = strip_maps(on_strip, first_level=first)
    found = decode(maps)
    assert found.levels.tolist() == list(range(first, 18))
    assert np.abs(found.corners - on_strip).max() < 0.6
    assert found.confidence.min() > 0.7  # smoothing takes a fifth of a perfect peak


def test_mirroring_twice_changes_nothing() -> None:
    corners = strip_of(bent_spine()).from_film(bent_spine().reshape(-1, 2)).reshape(-1, 4, 2)
    assert np.allclose(mirrored_corners(mirrored_corners(corners)), corners)
    assert np.all(mirrored_corners(corners)[:, 0, 1] < mirrored_corners(corners)[:, 1, 1])


def row_predictions(centres: list[int], heights: list[float], gap: float = 22.0) -> RowPredictions:
    rows = np.arange(448)
    seen = np.zeros(448)
    for row, height in zip(centres, heights, strict=True):
        seen = np.maximum(seen, height * np.exp(-((rows - row) ** 2) / (2 * 2.5**2)))
    level = np.interp(rows, [centres[0], centres[-1]], [1, len(centres)])
    return RowPredictions(seen, level, np.full(448, gap))


def test_a_washed_out_vertebra_is_not_skipped() -> None:
    centres = list(range(40, 40 + 17 * 22, 22))
    heights = [0.9] * 17
    heights[8] = 0.02
    rows, levels = best_sequence(row_predictions(centres, heights))
    assert len(rows) == 17
    assert np.abs(rows - centres).max() <= 2
    assert levels.tolist() == list(range(1, 18))


def test_vertebrae_plainly_seen_are_kept_though_their_levels_are_misnamed() -> None:
    centres = list(range(40, 40 + 17 * 22, 22))
    seen = row_predictions(centres, [0.6] * 17)
    misnamed = RowPredictions(seen.centre, np.full(448, 9.0), seen.gap)
    rows, levels = best_sequence(misnamed)
    assert len(rows) == 17
    assert (np.diff(levels) == 1).all()


def test_nothing_seen_is_nothing_found() -> None:
    rows, _ = best_sequence(row_predictions([100, 122], [0.01, 0.01]))
    assert len(rows) == 0


def test_a_short_column_gets_longer_margins() -> None:
    line = np.stack([np.linspace(0, 300, 8), np.zeros(8)], axis=1)
    assert fitting_margins(line, 5.0, (0.1, 0.1)) == (0.1, 0.1)
    top, bottom = fitting_margins(line, 60.0, (0.1, 0.1))
    width_in_strip = 60.0 / (300 * (1 + top + bottom) / (ROWS - 1))
    assert width_in_strip == pytest.approx(0.55 * COLS)


def test_a_quad_overlaps_itself_and_half_of_its_neighbour() -> None:
    quad = bent_spine()[0]
    assert quad_dice(quad, quad) == pytest.approx(1)
    assert quad_dice(quad, quad + np.array([22, 0])) == pytest.approx(0.5)
    assert quad_dice(quad, quad + np.array([100, 0])) == 0


def test_what_lies_beyond_the_film_is_not_seen() -> None:
    corners = bent_spine()
    found = Vertebrae(corners, np.arange(1, 18), np.full(17, 0.5))
    assert len(found.on_film((1200, 600))) == 17
    assert found.on_film((1000, 600)).levels.tolist() == list(range(1, 16))  # the last two centres are beyond row 1000
