"""The shape model knows chests from what is none, wherever and however large they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from radcaliper.measurements.types import Mask
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES, occupancies_of, soft_dice, thorax_features


def ellipse(shape: tuple[int, int], row: float, col: float, tall: float, wide: float) -> Mask:
    rows, cols = np.indices(shape)
    return ((rows - row) / tall) ** 2 + ((cols - col) / wide) ** 2 <= 1


def chest(scale: float = 1.0, shift: int = 0) -> dict[str, Mask]:
    """A thorax of ellipses, lungs less what lies behind the heart."""
    shape = (round(400 * scale) + shift, round(400 * scale) + shift)
    heart = ellipse(shape, 245 * scale + shift, 215 * scale + shift, 55 * scale, 68 * scale)
    sides = {"right_lung": 130, "left_lung": 280}
    lungs = {
        name: ellipse(shape, 180 * scale + shift, col * scale + shift, 115 * scale, 55 * scale) & ~heart
        for name, col in sides.items()
    }
    return {**lungs, "heart": heart}


def worst(masks: dict[str, Mask]) -> float:
    return max(max(features.values()) for features in thorax_features(masks).values())


@pytest.mark.parametrize(("scale", "shift"), [(2.0, 0), (0.5, 0), (1.0, 37)])
def test_size_and_place_do_not_matter(scale: float, shift: int) -> None:
    assert soft_dice(occupancies_of(chest()), occupancies_of(chest(scale, shift))) > 0.97


def test_a_heart_elsewhere_is_unlike_what_the_lungs_ask_for() -> None:
    masks = chest()
    moved = masks | {"heart": np.roll(masks["heart"], -120, axis=0)}
    assert thorax_features(moved)["heart"]["unlike_others"] > 2 * thorax_features(masks)["heart"]["unlike_others"]


def test_swapped_sides_and_lying_chests_are_unlike_any() -> None:
    masks = chest()
    lying = {name: mask.T for name, mask in masks.items()}
    assert worst(lying) > worst(masks)
    assert worst(masks | {"left_lung": np.zeros_like(masks["heart"])}) == 1


def test_every_feature_is_a_share() -> None:
    features = thorax_features(chest())
    assert set(features) == set(THORAX_STRUCTURES)
    assert all(0 <= value <= 1 for each in features.values() for value in each.values())
