"""One pass of the chest network gives the masks; its thresholds and its outlines tell how sure they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.measurements.types import Radiograph
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.pipelines.protocols.chest import predict as chest
from radcaliper.qc.features import quality_features

SIDE = 384
ROWS, COLS = np.mgrid[:SIDE, :SIDE]
FILM = Radiograph(np.random.default_rng(0).uniform(0, 1, (SIDE, SIDE)).astype(np.float32))


def ellipse(row: int, col: int, tall: int, wide: int) -> NDArray[np.float32]:
    """Logits of an ellipse, 0 at its outline."""
    return (8 * (1 - np.hypot((ROWS - row) / tall, (COLS - col) / wide))).astype(np.float32)


class Network:
    """Says that there are lungs and a heart, whatever it is shown; counts the films."""

    def __init__(self) -> None:
        self.films = 0

    def __call__(self, films: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, 8, S, S) logits."""
        self.films += len(films)
        maps = np.full((len(CHEST_STRUCTURES), SIDE, SIDE), -8, np.float32)
        shapes = {"right_lung": (180, 120, 110, 55), "left_lung": (180, 270, 110, 50), "heart": (230, 200, 50, 60)}
        for name, shape in shapes.items():
            maps[CHEST_STRUCTURES.index(name)] = ellipse(*shape)
        return np.repeat(maps[None], len(films), axis=0)


def test_a_film_has_one_pass() -> None:
    network = Network()
    prediction = chest.predict_by(network, FILM)
    assert network.films == 1
    assert prediction.masks["heart"].sum() == pytest.approx(np.pi * 50 * 60, rel=0.02)


def test_masks_at_a_lower_threshold_are_larger() -> None:
    prediction = chest.predict_by(Network(), FILM)
    own, lower, higher = (int(one.masks["heart"].sum()) for one in prediction.passes)
    assert higher < own < lower


def test_losses_are_learned_for_lungs_and_heart_alone() -> None:
    features = quality_features(chest.predict_by(Network(), FILM))
    assert features.keys() == {"right_lung", "left_lung", "heart"}
    assert all(0 <= each["learned_loss"] <= 1 for each in features.values())
