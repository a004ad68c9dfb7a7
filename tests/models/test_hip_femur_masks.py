"""A femur's mask is what the closer look saw, and what goes on from there."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.types import Point
from radcaliper.models.hip.predict import with_closer_look


def test_a_shaft_goes_on_below_the_closer_look_and_another_bone_does_not_belong_to_it() -> None:
    ilium, shaft, closer = np.zeros((60, 40), bool), np.zeros((60, 40), bool), np.zeros((30, 20), bool)
    ilium[2:10, 5:20] = True
    shaft[30:, 10:15] = True
    closer[2:, 4:9] = True
    expected = shaft.copy()
    expected[22:50, 10:15] = True
    assert (with_closer_look(ilium | shaft, closer, Point(20, 6)) == expected).all()
    assert not with_closer_look(ilium | shaft, np.zeros_like(closer), Point(20, 6)).any()
