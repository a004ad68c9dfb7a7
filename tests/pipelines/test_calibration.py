"""Fits find what they are made from, and bounds hold as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.learning.conformal import FLOOR, measurement_error
from radcaliper.learning.damage import DAMAGES, damaged
from radcaliper.learning.dice_bound import MaskExample, bound_over, cross_fitted, fit_quality
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.catalog import (
    CARDIOTHORACIC_RATIO,
    COBB_ANGLE_AASCE,
    MEDIASTINAL_WIDTH_RATIO,
    ROTATION_RATIO,
)
from radcaliper.measurements.specs import Quantity
from radcaliper.measurements.types import Grid


def masks(count: int, seed: int, name: str = "heart") -> list[MaskExample]:
    """Masks whose loss is twice the disagreement and some luck; ``colour`` has nothing to do with it."""
    rng = np.random.default_rng(seed)
    seen = []
    for number in range(count):
        disagreement = float(rng.exponential(0.04))
        loss = min(1.0, 2 * disagreement * float(rng.uniform(0.7, 1.3)) + 0.01)
        features = {"disagreement": disagreement, "colour": float(rng.uniform(0, 1))}
        seen.append(MaskExample(f"patient {number // 3}", name, 1 - loss, features))
    return seen


def test_the_fit_finds_the_feature_and_leaves_the_rest() -> None:
    fit = fit_quality("heart", masks(600, 0))
    features = {"disagreement": 0.05, "colour": 0.5}
    assert fit.predict(features)[0] == pytest.approx(0.89, abs=0.02)
    assert abs(fit.loss(features | {"colour": 1.0}) - fit.loss(features | {"colour": 0.0})) < 0.01


def test_more_of_a_feature_is_never_better() -> None:
    fit = fit_quality("heart", masks(100, 1))
    for feature in ("disagreement", "colour"):
        losses = [fit.predict({"disagreement": 0.02, "colour": 0.2} | {feature: x}) for x in np.linspace(0, 1, 30)]
        assert (np.diff(losses, axis=0) <= 1e-12).all()


def test_nine_in_ten_of_other_patients_lie_above_the_bound() -> None:
    seen = masks(900, 2)
    judged = [each for each in cross_fitted(seen, seen) if each is not None]
    assert np.mean([each.dice >= each.lower for each in judged]) == pytest.approx(0.9, abs=0.03)
    assert np.mean([abs(each.dice - each.quality) for each in judged]) < 0.03


def test_nine_in_ten_lie_below_a_bound_of_bad_masks_too() -> None:
    rng = np.random.default_rng(0)
    predicted = rng.uniform(0.5, 1, 30)
    loss = np.clip(predicted + rng.normal(0, 0.06, 30), 0, 1)
    bound = bound_over(predicted, loss)
    assert np.mean([own <= bound(each) for own, each in zip(loss, predicted, strict=True)]) >= 0.9


def test_sides_share_their_curves_but_not_their_bounds() -> None:
    left, right = masks(80, 3, "left_lung"), masks(80, 4, "right_lung")
    fits = [fit_quality(name, [*left, *right]) for name in ("left_lung", "right_lung")]
    assert fits[0].curves == fits[1].curves
    assert fits[0].bound != fits[1].bound


def test_a_learned_loss_counts_in_full_where_few_masks_say_otherwise() -> None:
    rng = np.random.default_rng(0)
    learned, other = rng.uniform(0, 0.3, 60), rng.uniform(0, 1, 60)
    loss = np.clip(0.5 * learned + 0.05 * other + rng.normal(0, 0.01, 60), 0, 1)
    examples = [
        MaskExample(f"patient {place}", "heart", float(1 - lost), {"learned_loss": float(own), "edgeless": float(each)})
        for place, (lost, own, each) in enumerate(zip(loss, learned, other, strict=True))
    ]
    curve = fit_quality("heart", examples).curves["learned_loss"]
    assert curve(0.2) - curve(0.1) == pytest.approx(0.1, abs=0.01)


def test_too_few_masks_are_not_judged() -> None:
    seen = masks(6, 5)
    assert cross_fitted(seen, seen) == [None] * 6


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damage_is_the_same_each_time_and_stays_a_film(kind: str) -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((120, 100), bool)
    mask[30:90, 20:70] = True
    film = FilmWithMasks(np.clip(rng.normal(0.5, 0.2, (120, 100)), 0, 1).astype(np.float32), {"heart": mask})
    one, again, other = (damaged(film, kind, seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert one.grey.dtype == np.float32
    assert one.grey.min() >= 0
    assert one.grey.max() <= 1
    assert one.grey.shape == one.masks["heart"].shape
    assert np.array_equal(one.grey, again.grey)
    assert kind == "inversion" or not np.array_equal(one.grey, other.grey)
    assert not np.array_equal(one.grey, film.grey)


def test_what_turns_or_cuts_the_film_does_so_to_its_masks() -> None:
    mask = np.zeros((120, 100), bool)
    mask[30:90, 20:70] = True
    for kind in ("rotation", "crop"):
        film = damaged(FilmWithMasks(mask.astype(np.float32), {"heart": mask}), kind, (4,))
        assert np.mean((film.grey > 0.5) == film.masks["heart"]) > 0.97


def test_an_error_counts_in_spreads_of_its_passes() -> None:
    found = CARDIOTHORACIC_RATIO.value(0.50, Grid())
    error = measurement_error("a", found, 0.46, [0.48, 0.52, 0.50])
    assert (error.name, error.quantity, error.truth) == ("cardiothoracic_ratio", Quantity.RATIO, 0.46)
    assert error.error == pytest.approx(0.04)
    assert error.score == pytest.approx(0.04 / (0.02 * np.sqrt(0.5) + 0.2 * 0.5))
    ratio = MEDIASTINAL_WIDTH_RATIO.value(0.30, Grid())
    assert measurement_error("a", ratio, 0.29, [0.30]).score == pytest.approx(0.01 / FLOOR)
    main = COBB_ANGLE_AASCE.value(20.0, Grid(), (), "main", "vertebral_tilt")
    assert measurement_error("a", main, 18.0, [20.0]).name == "cobb_angle_aasce:main"
    assert measurement_error("a", main, 18.0, [20.0]).score == pytest.approx(1.0)  # over 2 degrees


def test_what_is_never_calibrated_has_no_error_to_learn_from() -> None:
    with pytest.raises(ValueError, match="rotation_ratio"):
        measurement_error("a", ROTATION_RATIO.value(0.9, Grid()), 0.8, [0.9])
