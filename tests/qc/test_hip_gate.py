"""What the hip gate reads off masks."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.qc.gates.hip import is_immature


@pytest.mark.parametrize(("thickness", "immature"), [(0, False), (1, False), (8, True)])
def test_an_open_growth_plate_is_told_by_its_share_of_the_head(thickness: int, immature: bool) -> None:
    rows, cols = np.indices((100, 100))
    head = np.hypot(rows - 50, cols - 50) < 30
    plate = (rows >= 60) & (rows < 60 + thickness) & (np.abs(cols - 50) < 25)
    assert is_immature(plate, head) is immature


def test_a_plate_away_from_the_head_says_nothing() -> None:
    plate = np.zeros((100, 100), bool)
    plate[:5] = True
    assert not is_immature(plate, np.zeros((100, 100), bool))
