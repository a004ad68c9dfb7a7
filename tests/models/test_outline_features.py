"""Features of an outline tell where something hides a part of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.models.inference.mask_features import SquareFilm, StructureMaps, mask_features
from radcaliper.models.inference.outline import outline_of

SIDE = 384
ROWS, COLS = np.mgrid[:SIDE, :SIDE]
DISC = np.hypot(ROWS - 190, COLS - 180) < 60
Film = NDArray[np.float32]


def film() -> Film:
    """A bright disc on a darker ground, with grain."""
    grain = np.random.default_rng(0).normal(0, 0.04, (SIDE, SIDE))
    return np.clip(0.3 + 0.3 * DISC + 0.3 * (ROWS / SIDE) + grain, 0, 1).astype(np.float32)


def features(grey: Film, moved: int = 0) -> dict[str, float]:
    """The features of the disc, of two passes, one of them ``moved`` down in the disc's lower half."""
    maps = np.stack([DISC, np.where(ROWS > 190, np.roll(DISC, moved, axis=0), DISC)]).astype(np.float32)
    return mask_features(StructureMaps(SquareFilm(grey), maps, DISC, (DISC, DISC)))


def covered(grey_of_plate: float) -> Film:
    """The film with a plate over the disc's right part."""
    return np.where(COLS > 190, np.float32(grey_of_plate), film())


def gradient(grey: Film) -> Film:
    """The film that fades into white to the right, so that no edge is left there."""
    share = np.clip((COLS - 150) / 60, 0, 1).astype(np.float32)
    return grey * (1 - share) + share


def test_points_are_even_and_normals_point_outwards() -> None:
    outline = outline_of(DISC)
    steps = np.linalg.norm(np.diff(outline.places, axis=0), axis=1)
    assert steps.std() < 0.2 * steps.mean()
    outwards = outline.places - [190, 180]
    assert (np.sum(outwards * outline.normals, axis=1) / np.linalg.norm(outwards, axis=1)).min() > 0.9


def test_an_image_is_sampled_across_the_outline() -> None:
    distance = np.hypot(ROWS - 190, COLS - 180).astype(np.float32)
    across = outline_of(DISC).across(distance, np.array([-20.0, 0.0, 20.0]))
    assert across.mean(axis=0) == pytest.approx([39.5, 59.5, 79.5], abs=0.7)


@pytest.mark.parametrize(
    ("feature", "damaged"),
    [
        ("white", lambda: covered(1.0)),
        ("black", lambda: covered(0.0)),
        ("hidden", lambda: covered(0.5)),
        ("hidden", lambda: gradient(film())),
        ("edgeless", lambda: gradient(film())),
        ("steps", lambda: np.where(np.abs(COLS - 250) < 12, np.float32(0), film())),
    ],
)
def test_what_hides_a_part_of_the_outline_raises_its_feature(feature: str, damaged: Callable[[], Film]) -> None:
    assert features(damaged())[feature] > features(film())[feature] + 0.1


def test_passes_that_part_in_one_place_are_seen() -> None:
    assert features(film(), moved=12)["worst_spread"] > 0.4
    assert features(film())["worst_spread"] == 0


def test_all_lie_between_nothing_and_one() -> None:
    for grey in (film(), covered(1.0), covered(0.0), np.zeros((SIDE, SIDE), np.float32)):
        assert all(0 <= value <= 1 for value in features(grey, moved=5).values())


def test_a_mask_that_fills_the_square_has_features_too() -> None:
    grey = np.random.default_rng(0).uniform(0, 1, (64, 64)).astype(np.float32)
    mask = np.ones((64, 64), bool)
    found = mask_features(StructureMaps(SquareFilm(grey), np.ones((2, 64, 64), np.float32), mask, (mask, mask)))
    assert np.isfinite(list(found.values())).all()
