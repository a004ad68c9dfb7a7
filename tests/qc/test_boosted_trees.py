"""Boosted trees give the sum of the leaves that their questions lead to."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.qc.boosted_trees import BoostedTrees

TREES = BoostedTrees(
    names=("area", "edge"),
    feature=np.array([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]),
    threshold=np.array([[2.0, 5.0, 0, 0, 0], [1.0, 0, 0, 0, 0]]),
    left=np.array([[1, 3, 2, 3, 4], [1, 1, 2, 0, 0]]),
    right=np.array([[2, 4, 2, 3, 4], [2, 1, 2, 0, 0]]),
    missing_left=np.array([[False, True, False, False, False], [True, False, False, False, False]]),
    value=np.array([[0, 0, 10.0, 20.0, 30.0], [0, 1.0, 2.0, 0, 0]]),
    start=0.5,
    depth=2,
)


@pytest.mark.parametrize(
    ("area", "edge", "total"),
    [(3, 0, 11.5), (2, 0, 21.5), (2, 5, 22.5), (2, 6, 32.5), (np.nan, 6, 12.5), (2, np.nan, 21.5)],
)
def test_leaves_are_added(area: float, edge: float, total: float) -> None:
    assert TREES({"area": area, "edge": edge}) == total


def test_what_is_not_there_is_missing() -> None:
    assert TREES({"area": 2}) == TREES({"area": 2, "edge": np.nan})


def test_trees_are_what_they_were_written_as() -> None:
    again = BoostedTrees.of_arrays(TREES.as_arrays())
    assert again.names == TREES.names
    assert again({"area": 2, "edge": 6}) == 32.5


def test_they_are_those_of_scikit_learn() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    from radcaliper.learning.boosting import SETTINGS, fitted_trees

    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 3))
    values[rng.uniform(size=values.shape) < 0.1] = np.nan
    target = np.nan_to_num(values[:, 0]) * 2 + np.nan_to_num(values[:, 1]) ** 2
    rows = [dict(zip("abc", row, strict=True)) for row in values.tolist()]
    expected = ensemble.HistGradientBoostingRegressor(**SETTINGS).fit(values, target).predict(values)
    trees = fitted_trees(rows, target)
    assert [trees(row) for row in rows] == pytest.approx(expected, abs=1e-4)
