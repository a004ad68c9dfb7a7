"""Features of an outline tell where something hides a part of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from radcaliper.models.inference.mask_descriptors import mask_descriptors
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


def features(grey: Film) -> dict[str, float]:
    """The features of the disc."""
    return mask_features(structure(grey))


def structure(grey: Film, softened: float = 0) -> StructureMaps:
    """The disc on a film, in a map that is unsure within ``softened`` pixels of the outline."""
    certain = np.clip(0.5 + (60 - np.hypot(ROWS - 190, COLS - 180)) / max(softened, 1e-3), 0, 1).astype(np.float32)
    return StructureMaps(SquareFilm(grey), certain, DISC, (DISC, DISC))


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


def test_all_lie_between_nothing_and_one() -> None:
    for grey in (film(), covered(1.0), covered(0.0), np.zeros((SIDE, SIDE), np.float32)):
        assert all(0 <= value <= 1 for value in features(grey).values())


def test_a_mask_that_fills_the_square_has_features_too() -> None:
    grey = np.random.default_rng(0).uniform(0, 1, (64, 64)).astype(np.float32)
    mask = np.ones((64, 64), bool)
    found = mask_features(StructureMaps(SquareFilm(grey), np.ones((64, 64), np.float32), mask, (mask, mask)))
    assert np.isfinite(list(found.values())).all()


def descriptors(grey: Film, softened: float = 0, mirrored: bool = False) -> dict[str, float]:
    """The descriptors of the disc, with nothing beside it."""
    return mask_descriptors(structure(grey, softened), np.zeros((SIDE, SIDE), np.float32), mirrored)


def test_descriptors_tell_where_the_edge_is_lost() -> None:
    seen, plate = descriptors(film()), descriptors(covered(0.5))
    assert plate["flat share"] > 0.3 > seen["flat share"] + 0.2
    assert plate["flat run"] == pytest.approx(plate["flat share"], abs=0.1)
    assert plate["edgeless share"] > seen["edgeless share"] + 0.2
    to_the_right = "edge of eighth 4"
    assert abs(plate[to_the_right]) < 0.1 < abs(seen[to_the_right])


def test_a_mirrored_structure_is_described_as_its_mirror_image() -> None:
    grey, flipped = covered(0.5), np.ascontiguousarray(covered(0.5)[:, ::-1])
    disc = np.ascontiguousarray(DISC[:, ::-1])
    nothing = np.zeros((SIDE, SIDE), np.float32)
    other = mask_descriptors(StructureMaps(SquareFilm(flipped), disc.astype(np.float32), disc, (disc,)), nothing, True)
    own = mask_descriptors(StructureMaps(SquareFilm(grey), DISC.astype(np.float32), DISC, (DISC,)), nothing, False)
    for place in range(8):
        assert other[f"edge of eighth {place}"] == pytest.approx(own[f"edge of eighth {place}"], abs=0.1)


def test_a_soft_map_is_described_as_soft() -> None:
    soft, sharp = descriptors(film(), softened=20), descriptors(film())
    assert soft["softness 0.5"] > sharp["softness 0.5"] + 0.2
    assert soft["undecided"] > sharp["undecided"]


def test_descriptors_of_a_black_film_are_finite() -> None:
    assert np.isfinite(list(descriptors(np.zeros((SIDE, SIDE), np.float32)).values())).all()


def test_the_area_and_shape_of_a_disc() -> None:
    found = descriptors(film())
    assert found["area"] == pytest.approx(np.pi * 60**2 / SIDE**2, rel=0.01)
    assert found["solidity"] == pytest.approx(1, abs=0.03)
    assert 0.75 < found["roundness"] < 1.05
