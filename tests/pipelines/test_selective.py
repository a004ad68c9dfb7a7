"""Figures of selective prediction have the values that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radcaliper.learning.quality.selective import aurc, auroc, ideal_aurc, random_aurc, risk_coverage

losses = arrays(float, st.integers(1, 30), elements=st.floats(0, 1))


def test_auroc_counts_pairs() -> None:
    score = np.array([0.9, 0.8, 0.7, 0.6])
    assert auroc(score, np.array([False, False, True, True])) == 1
    assert auroc(score, np.array([True, True, False, False])) == 0
    assert auroc(score, np.array([False, True, False, True])) == 0.75
    assert auroc(np.ones(4), np.array([True, False, True, False])) == 0.5
    assert np.isnan(auroc(score, np.zeros(4, bool)))


def test_risk_is_the_mean_loss_of_what_is_accepted() -> None:
    coverage, risk = risk_coverage(np.array([0.9, 0.1, 0.5]), np.array([0.0, 0.6, 0.3]))
    assert coverage == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk == pytest.approx([0, 0.15, 0.3])


@given(losses)
def test_nothing_beats_the_truth_and_a_constant_knows_nothing(loss: np.ndarray) -> None:
    score = np.sin(np.arange(len(loss)))
    assert ideal_aurc(loss) <= aurc(score, loss) + 1e-12
    assert aurc(np.zeros(len(loss)), loss) == pytest.approx(random_aurc(loss))
