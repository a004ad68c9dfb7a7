"""An epoch shows each film as often as its weight says."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.learning.sampling import ProportionalSampler


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 1000))
def test_whole_weights_are_met_exactly(weights: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    shown = Counter(ProportionalSampler(weights))
    assert [shown[film] for film in range(len(weights))] == weights


@given(st.lists(st.floats(0.01, 3), min_size=1, max_size=30), st.integers(0, 1000))
def test_an_epoch_has_one_length_and_no_film_is_off_by_more_than_one(weights: list[float], seed: int) -> None:
    torch.manual_seed(seed)
    sampler = ProportionalSampler(weights)
    shown = list(sampler)
    assert len(shown) == len(sampler) == int(sum(weights))
    counts = Counter(shown)
    assert all(abs(counts[film] - weight) < 2 for film, weight in enumerate(weights))


def test_shares_are_right_over_many_epochs() -> None:
    torch.manual_seed(0)
    sampler = ProportionalSampler([0.25, 1.5, 0.75, 0.5])
    shown = Counter(film for _ in range(2000) for film in sampler)
    assert [shown[film] / 2000 for film in range(4)] == pytest.approx([0.25, 1.5, 0.75, 0.5], abs=0.04)
