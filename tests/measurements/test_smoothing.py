"""Smoothing with weights: straight lines stay, sure values are followed, few values are left alone."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.spine.smoothing import smooth_weighted


def test_a_straight_line_stays_whatever_the_weights() -> None:
    line = np.linspace(20, -13, 12)
    assert np.allclose(smooth_weighted(line, np.linspace(0.1, 5, 12), 100.0), line)


def test_a_sure_value_is_followed_closer() -> None:
    values = np.zeros(11)
    values[5] = 10.0
    weights = np.ones(11)
    alike = smooth_weighted(values, weights, 1.0)[5]
    weights[5] = 20.0
    sure = smooth_weighted(values, weights, 1.0)[5]
    assert 0 < alike < sure < 10


def test_without_stiffness_or_with_few_values_nothing_changes() -> None:
    zigzag = np.array([0.0, 5.0] * 4)
    assert np.allclose(smooth_weighted(zigzag, np.ones(8), 0.0), zigzag)
    assert np.array_equal(smooth_weighted(zigzag[:5], np.ones(5), 9.0), zigzag[:5])
