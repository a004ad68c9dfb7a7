"""The band keeps to the spine where the network bulges, and bends where the spine does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.models.chest.spine_band import SpineBand, spine_band
from radcaliper.models.inference.letterbox import Letterbox

SIDE = 384
ROWS = np.arange(SIDE)
LUNG_ROWS = slice(60, 320)
Middles = NDArray[np.float64]


def mask(first: Middles | float, last: Middles | float, rows: slice = slice(0, SIDE)) -> NDArray[np.bool_]:
    """From column ``first`` to ``last`` in some rows."""
    inside = (np.broadcast_to(first, SIDE)[:, None] <= ROWS) & (np.broadcast_to(last, SIDE)[:, None] >= ROWS)
    inside[: rows.start] = inside[rows.stop :] = False
    return inside


LUNGS = mask(40, 170, LUNG_ROWS), mask(210, 340, LUNG_ROWS)


def band(middle: Callable[[Middles], Middles], bulge: float = 0.0) -> SpineBand:
    """The band through a network's spine 36 columns wide, which bulges to the right between rows 150 and 230."""
    found = middle(ROWS.astype(float))
    right = found + 18 + bulge * ((ROWS > 150) & (ROWS < 230))
    drawn = spine_band(*LUNGS, mask(found - 18, right), slice(0, SIDE))
    assert drawn is not None
    return drawn


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.1])
def test_a_bulge_to_the_heart_does_not_move_the_middle(slope: float) -> None:
    drawn = band(lambda rows: 190 + slope * (rows - 190), bulge=40)
    truth = 190 + slope * (drawn.rows - 190)
    assert np.abs(drawn.middle - truth).max() < 0.06 * drawn.width.min()


def test_a_crooked_spine_is_followed() -> None:
    drawn = band(lambda rows: 190 + 30 * np.sin(2 * np.pi * rows / 300))
    truth = 190 + 30 * np.sin(2 * np.pi * drawn.rows / 300)
    off = np.abs(drawn.middle - truth) / drawn.width
    assert np.mean(off < 0.2) >= 0.9


@pytest.mark.parametrize("col", [60, 300])
def test_a_speck_far_from_the_spine_does_not_bend_it(col: int) -> None:
    spine, speck = mask(172, 208, slice(0, 250)), mask(col, col + 14, slice(320, 345))
    drawn = spine_band(*LUNGS, spine | speck, slice(0, SIDE))
    assert drawn is not None
    assert np.abs(drawn.middle - 190).max() < 3


def test_it_widens_downwards_with_the_thorax() -> None:
    drawn = band(lambda rows: np.full(len(rows), 190.0))
    assert (np.diff(drawn.width) >= 0).all()
    assert drawn.width.mean() == pytest.approx(0.129 * 301, rel=0.05)


def test_it_reaches_behind_the_heart_where_the_network_sees_nothing() -> None:
    drawn = spine_band(*LUNGS, mask(172, 208, slice(0, 180)), slice(0, SIDE))
    assert drawn is not None
    assert drawn.rows[-1] >= LUNG_ROWS.stop
    assert drawn.middle[-1] == pytest.approx(190, abs=1)


def test_it_stays_on_the_film() -> None:
    drawn = spine_band(*LUNGS, mask(172, 208), slice(30, 350))
    assert drawn is not None
    assert (drawn.rows[0], drawn.rows[-1]) == (30, 349)


def test_without_a_lung_or_a_spine_there_is_no_band() -> None:
    nothing = np.zeros((SIDE, SIDE), bool)
    assert spine_band(nothing, LUNGS[1], mask(172, 208), slice(0, SIDE)) is None
    assert spine_band(*LUNGS, nothing, slice(0, SIDE)) is None


def test_half_a_pixel_of_a_border_is_half_sure() -> None:
    drawn = SpineBand(np.array([1]), np.array([4.0]), np.array([4.0]))
    assert drawn.probability((3, 9)).tolist() == [[0] * 9, [0, 0, 0.5, 1, 1, 1, 0.5, 0, 0], [0] * 9]


def test_the_rows_of_a_film_in_its_box() -> None:
    assert Letterbox.square(100, 200, 40).film_rows == slice(10, 30)
