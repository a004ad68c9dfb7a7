"""Local contrast shows what differs from its surroundings, however dark or bright these are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.models.inference.local_contrast import local_contrast, local_contrast_within


def film_with_line(level: float, rise: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    film = np.full((96, 96), level, np.float32)
    film[:, 48] += rise
    return film


@given(level=st.floats(0.1, 0.8), rise=st.floats(0.03, 0.15))
def test_a_line_shows_alike_on_dark_and_bright_ground(level: float, rise: float) -> None:
    contrast = local_contrast(film_with_line(level, rise), 6.0)
    assert contrast[48, 48] > 0.6
    assert contrast[48, 48] == pytest.approx(local_contrast(film_with_line(0.0, rise), 6.0)[48, 48], abs=1e-3)


def test_an_even_film_is_grey_up_to_its_border() -> None:
    seen = np.zeros((64, 96), bool)
    seen[10:50, 20:80] = True
    contrast = local_contrast_within(seen, np.where(seen, np.float32(0.9), np.float32(0)), 6.0)
    np.testing.assert_allclose(contrast, 0.5, atol=1e-3)


def test_what_is_seen_everywhere_is_the_same_either_way() -> None:
    film = np.random.default_rng(0).random((64, 64), dtype=np.float32)
    everywhere = local_contrast_within(np.ones(film.shape, bool), film, 5.0)
    np.testing.assert_allclose(everywhere, local_contrast(film, 5.0), atol=1e-5)
