"""Which vertebra is which: the window on the whole film, and consecutive names."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.measurements.spine.vertebra import Corners, centres
from radcaliper.models.spine.channels import LEVEL_NAMES, LEVELS
from radcaliper.models.spine.level_window import COLS, GAP, ROWS, window_around
from radcaliper.models.spine.levels import named_levels

_GAP = 40


def _column(count: int = LEVELS) -> Corners:
    """Vertebrae of 60 x 30 pixels, 40 apart."""
    quad = np.array([[-15, -30], [-15, 30], [15, -30], [15, 30]], float)
    return quad + np.array([[[100 + _GAP * place, 200]] for place in range(count)], float)


def _evidence(first: int, count: int, sure: float = 2.0) -> NDArray[np.float64]:
    """Evidence that the first of ``count`` vertebrae has the level ``first``."""
    evidence = np.full((count, len(LEVEL_NAMES)), -sure)
    evidence[np.arange(count), first + np.arange(count)] = 0
    return evidence


def test_the_window_holds_the_column_in_its_middle_at_one_scale() -> None:
    corners = _column()
    places = window_around(corners).from_film(centres(corners))
    assert np.diff(places[:, 0]) == pytest.approx(GAP)
    assert places.mean(axis=0) == pytest.approx([(ROWS - 1) / 2, (COLS - 1) / 2])


def test_beyond_the_films_edge_the_window_shows_nothing() -> None:
    grey = np.random.default_rng(0).random((800, 300)).astype(np.float32)
    shown = window_around(_column()).sample(grey)
    assert shown.shape == (ROWS, COLS)
    assert (shown[0] == 0.5).all() and (shown[-1] == 0.5).all()
    assert shown[ROWS // 2].std() > 0


@pytest.mark.parametrize(("first", "count"), [(1, 17), (0, 17), (8, 9), (2, 16)])
def test_vertebrae_are_named_one_after_another(first: int, count: int) -> None:
    levels = named_levels(_evidence(first, count, sure=4.0))
    assert tuple(levels.names.values()) == LEVEL_NAMES[first : first + count]
    assert levels.probability > 0.5


def test_split_evidence_is_unsure() -> None:
    levels = named_levels((_evidence(1, 17, sure=8.0) + _evidence(2, 17, sure=8.0)) / 2)
    assert levels.probability == pytest.approx(0.5, abs=0.02)


def test_no_vertebrae_have_no_names() -> None:
    assert named_levels(np.zeros((0, len(LEVEL_NAMES)))).names == {}
