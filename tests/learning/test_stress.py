"""Films that get worse step by step, their masks with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.learning.own.judging import Question
from radcaliper.learning.own.stress import StressPlan, stress_films
from radcaliper.learning.own.stresses import STRESSES, Stress
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.own.bundle import own_bundles

BY_NAME = {stress.name: stress for stress in STRESSES}


def chest() -> FilmWithMasks:
    grey = np.full((120, 160), 0.3, np.float32)
    masks = {name: np.zeros(grey.shape, bool) for name in ("right_lung", "heart")}
    masks["right_lung"][20:90, 30:70] = True
    masks["heart"][50:90, 80:120] = True
    grey[masks["right_lung"]], grey[masks["heart"]] = 0.1, 0.8
    return FilmWithMasks(grey, masks)


@pytest.mark.parametrize("stress", STRESSES, ids=lambda stress: stress.name)
def test_every_level_keeps_a_film_a_film(stress: Stress) -> None:
    for level in stress.levels:
        worse = stress.apply(chest(), level, np.random.default_rng(0))
        assert worse.grey.dtype == np.float32
        assert 0 <= worse.grey.min() <= worse.grey.max() <= 1
        assert all(mask.shape == worse.grey.shape for mask in worse.masks.values())


def test_masks_go_with_what_they_show() -> None:
    rng = np.random.default_rng(0)
    for name, level in (("turn", 12.0), ("crop", 0.1), ("resolution", 512.0)):
        worse = BY_NAME[name].apply(chest(), level, rng)
        assert dice(worse.grey > 0.55, worse.masks["heart"]) > 0.97


def test_a_film_that_is_laid_on_its_side_is_whole() -> None:
    film = chest()
    laid = BY_NAME["turn"].apply(film, 90, np.random.default_rng(0))
    np.testing.assert_array_equal(np.rot90(laid.grey, -1), film.grey)
    np.testing.assert_array_equal(np.rot90(laid.masks["heart"], -1), film.masks["heart"])


def test_a_heart_that_is_masked_out_is_gone() -> None:
    hidden = BY_NAME["heart masked out"].apply(chest(), 1, np.random.default_rng(0))
    assert hidden.grey[hidden.masks["heart"]].max() < 0.5
    half = BY_NAME["heart masked out"].apply(chest(), 0.5, np.random.default_rng(0))
    assert half.grey[85, 100] > 0.7 > 0.5 > half.grey[55, 100]


def test_films_are_stressed_into_a_table_and_curves(own_films: Path, knob_bundle: Path, tmp_path: Path) -> None:
    plan = StressPlan((BY_NAME["noise"], BY_NAME["heart masked out"]), 2, Question(bundles=own_bundles([knob_bundle])))
    stress_films(own_films, tmp_path, plan, pytest.fail)
    table = pd.read_csv(tmp_path / "stress.csv")
    assert set(table.stress) == {"none", "noise"}  # no heart is labelled
    assert sorted(table.level.unique()) == [0.0, *BY_NAME["noise"].levels]
    assert (table[table.figure == "films"].value == 2).all()
    assert "Dice knob" in set(table.figure)
    assert (tmp_path / "stress.png").stat().st_size > 5000
