"""What goes into the network comes back to the same place on the film."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.models.chest.channels import CHEST_STRUCTURES, mirrored_order
from radcaliper.models.inference.agreement import dice, mean_pairwise_dice
from radcaliper.models.inference.augmentations import AUGMENTATIONS, Augmentation
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.postprocess import largest_component, region_on_film, without_tails


def disc(shape: tuple[int, int], row: float, col: float, radius: float) -> np.ndarray:
    rows, cols = np.indices(shape)
    return (rows - row) ** 2 + (cols - col) ** 2 <= radius**2


@given(st.integers(200, 900), st.integers(200, 900))
def test_letterbox_brings_a_disc_back(height: int, width: int) -> None:
    box = Letterbox.square(height, width, 256)
    film = disc((height, width), 0.4 * height, 0.6 * width, 0.25 * min(height, width))
    back = box.backward(box.forward(film.astype(np.float32))) > 0.5
    assert dice(film, back) > 0.98


def test_letterbox_keeps_the_aspect() -> None:
    assert Letterbox.square(1000, 500, 256).inner == (256, 128)
    assert Letterbox.square(300, 900, 256).offset == (85, 0)


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_augmentations_are_undone(augmentation: Augmentation) -> None:
    square = disc((256, 256), 110, 90, 50).astype(np.float32)
    seen = np.stack([augmentation.apply(square)] * len(CHEST_STRUCTURES))
    back = augmentation.undo(seen, mirrored_order(CHEST_STRUCTURES))
    assert dice(back[0] > 0.5, square > 0.5) > 0.97


def test_mirroring_changes_sides_and_undoes_itself() -> None:
    order = mirrored_order(CHEST_STRUCTURES)
    assert [CHEST_STRUCTURES[i] for i in order][:2] == ["left_lung", "right_lung"]
    assert [order[i] for i in order] == list(range(len(order)))


def test_main_piece_is_the_largest_without_holes() -> None:
    probability = np.where(disc((128, 128), 60, 60, 30) & ~disc((128, 128), 60, 60, 5), 0.9, 0.1).astype(np.float32)
    probability[2:8, 2:8] = 0.9
    assert np.array_equal(largest_component(probability), disc((128, 128), 60, 60, 30))


def test_a_tail_goes_and_a_body_stays() -> None:
    body = disc((384, 384), 200, 180, 60)
    tail = np.zeros_like(body)
    tail[210:220, 230:320] = True
    cleaned = without_tails(body | tail)
    assert not cleaned[215, 270:].any()
    assert dice(cleaned, body) > 0.98
    assert np.array_equal(without_tails(body), body)


def test_a_speck_is_no_structure() -> None:
    probability = np.zeros((256, 256), np.float32)
    probability[5:8, 5:8] = 1
    piece = largest_component(probability)
    assert not piece.any()
    assert region_on_film(probability, piece, Letterbox.square(300, 300, 256)).mask.shape == (300, 300)


@given(st.integers(150, 900), st.integers(150, 900), st.tuples(*[st.floats(0, 1)] * 3))
def test_a_mask_is_the_whole_map_interpolated(height: int, width: int, place: tuple[float, float, float]) -> None:
    """Work within the structure's box changes nothing, at the film's border neither."""
    box = Letterbox.square(height, width, 256)
    row, col = (offset + at * inner for offset, at, inner in zip(box.offset, place, box.inner, strict=False))
    distance = np.hypot(*(np.indices((256, 256)) - np.array([row, col])[:, None, None]))
    probability = (1 / (1 + np.exp((distance - 10 - 40 * place[2]) / 2))).astype(np.float32)
    component = largest_component(probability)
    whole = box.backward(np.maximum(probability, 0.51 * component).astype(np.float32))
    differing = region_on_film(probability, component, box).mask != (whole > 0.5)
    assert np.abs(whole[differing] - 0.5).max(initial=0) < 1e-5


def test_agreement_of_nothing_is_nothing() -> None:
    assert mean_pairwise_dice(np.zeros((3, 8, 8), bool)) == 0.0
    assert mean_pairwise_dice(np.ones((3, 8, 8), bool)) == 1.0
