"""Films and their files: turned, cropped, resampled, and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.measurements.file_geometry import FileGeometry
from radcaliper.measurements.types import PixelSpacing, Radiograph, SpacingSource

SHAPE = (7, 5)
FILE = np.arange(35, dtype=np.float32).reshape(SHAPE)

Step = tuple[Callable[[np.ndarray], np.ndarray], Callable[[FileGeometry], FileGeometry]]
STEPS: dict[str, Step] = {
    "swapped": (lambda image: image.T, FileGeometry.with_axes_swapped),
    "upside down": (lambda image: image[::-1], FileGeometry.upside_down),
    "mirrored": (lambda image: image[:, ::-1], FileGeometry.mirrored),
    "turned": (np.rot90, lambda geometry: geometry.turned(1)),
    "turned back": (lambda image: np.rot90(image, 3), lambda geometry: geometry.turned(-1)),
    "cropped": (lambda image: image[1:4, 0:3], lambda geometry: geometry.cropped(slice(1, 4), slice(0, 3))),
}


@given(st.permutations(sorted(STEPS)))
def test_any_order_of_steps_leads_back(order: list[str]) -> None:
    image, geometry = FILE, FileGeometry.as_stored(SHAPE)
    for name in order:
        turn, follow = STEPS[name]
        image, geometry = turn(image), follow(geometry)
    assert geometry.film_shape == image.shape
    stored = geometry.image_to_file(image, -1)
    assert stored.shape == SHAPE
    shown = stored >= 0
    assert shown.sum() == 9
    assert (stored[shown] == FILE[shown]).all()
    places = np.argwhere(np.ones(image.shape)).astype(float)
    on_file = geometry.points_to_file(places)
    assert [FILE[row, col] for row, col in on_file.astype(int)] == image.ravel().tolist()
    assert np.allclose(geometry.points_from_file(on_file), places)
    assert (geometry.mask_from_file(FILE % 2 == 0) == (image % 2 == 0)).all()


def test_a_mask_of_a_finer_film_lies_where_it_should() -> None:
    geometry = FileGeometry.as_stored((40, 20)).resampled((40, 60))
    film = np.zeros((40, 60), bool)
    film[10:20, 30:45] = True
    expected = np.zeros((40, 20), bool)
    expected[10:20, 10:15] = True
    assert (geometry.mask_to_file(film) == expected).all()
    assert (geometry.mask_from_file(expected) == film).all()


def test_points_keep_to_the_pixels_centres_when_resampled() -> None:
    geometry = FileGeometry.as_stored((40, 20)).resampled((40, 60))
    assert np.allclose(geometry.points_to_file(np.array([[3.0, 1.0], [0.0, 4.0]])), [[3.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4, -1])
def test_a_turned_film_knows_its_file(turns: int) -> None:
    film = Radiograph(FILE, PixelSpacing(0.2, 0.3, SpacingSource.USER)).turned(turns)
    assert (film.pixels == np.rot90(FILE, turns)).all()
    assert (film.on_file.image_to_file(film.pixels, 0) == FILE).all()
    assert film.spacing == PixelSpacing(*((0.3, 0.2) if turns % 2 else (0.2, 0.3)), SpacingSource.USER)
    assert film.on_file.is_as_stored == (turns % 4 == 0)
