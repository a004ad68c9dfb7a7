"""The summary of an evaluation says what it says it does."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.learning.scores import Score, icc_2_1, summary


def test_errors_and_dice_are_summed_up() -> None:
    errors = [Score("a", "error x", name, value, 10 + value) for name, value in (("p", -3.0), ("q", 1.0))]
    dices = [Score("a", "dice x", name, value) for name, value in (("p", 0.9), ("q", 0.8))]
    table = summary([*errors, *dices]).set_index("figure")
    assert table.loc["error x", ["n", "mean", "mae", "worst", "worst film"]].tolist() == [2, -1, 2, -3, "p"]
    assert table.loc["dice x", ["worst", "worst film"]].tolist() == [0.8, "q"]


def test_a_mean_has_its_interval() -> None:
    shares = [Score("a", "covered x", str(number), float(number < 9)) for number in range(10)]
    errors = [Score("a", "error x", name, value, 10.0) for name, value in (("p", -3.0), ("q", 1.0))]
    table = summary([*shares, *errors, Score("a", "dice x", "p", 0.9)]).set_index("figure")
    assert table.loc["covered x", "95 %"] == "[0.555, 0.997]"
    assert table.loc["error x", "95 %"] == "[-26.412, 24.412]"
    assert table.loc["dice x", "95 %"] == ""


def test_icc_counts_a_constant_difference_as_disagreement() -> None:
    truth = np.array([9.0, 6, 8, 7, 10, 6])
    assert icc_2_1(truth, truth) == pytest.approx(1)
    # by hand: with no other error the correlation is the variance over itself and half the squared difference
    assert icc_2_1(truth + 2, truth) == pytest.approx(truth.var(ddof=1) / (truth.var(ddof=1) + 2))


def test_the_worst_of_a_distance_is_the_largest_of_a_dice_the_lowest() -> None:
    scores = [
        Score("a", figure, film, value)
        for figure in ("corner distance in widths", "dice x")
        for film, value in (("p", 0.1), ("q", 0.7))
    ]
    table = summary(scores).set_index("figure")
    assert table["worst film"].to_dict() == {"corner distance in widths": "q", "dice x": "p"}
