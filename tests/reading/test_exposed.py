"""Frames, canvases and empty halves are cut off; films that have none stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.reading.exposed import exposed_box


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A (330, 240) film of 8 bits from 30 to 230."""
    rows, cols = np.indices((330, 240))
    grey = 130 + 60 * np.sin(rows / 19) * np.cos(cols / 23) + 40 * np.sin(cols / 7 + rows / 11)
    return np.clip(grey, 30, 230).astype(np.float32)


def on_canvas(picture: np.ndarray, grey: float, margins: tuple[int, int, int, int], noise: float = 0) -> np.ndarray:
    """The picture with ``margins`` above, below, left and right."""
    top, bottom, left, right = margins
    shape = (picture.shape[0] + top + bottom, picture.shape[1] + left + right)
    canvas = np.full(shape, grey) + np.random.default_rng(0).normal(0, noise, shape)
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return np.clip(np.round(canvas), 0, 255).astype(np.float32)


def cut(canvas: np.ndarray) -> tuple[int, int, int, int]:
    rows, cols = exposed_box(canvas)
    return rows.start, canvas.shape[0] - rows.stop, cols.start, canvas.shape[1] - cols.stop


@pytest.mark.parametrize("grey", [0, 255, 10, 64, 200])
@pytest.mark.parametrize(
    "margins",
    [(20, 20, 20, 20), (150, 150, 120, 120), (0, 0, 240, 240), (0, 300, 0, 0), (0, 0, 0, 240), (7, 30, 0, 11),
     (300, 600, 200, 500)],
)  # fmt: skip
@pytest.mark.parametrize("noise", [0, 2, 4])
def test_a_frame_is_cut_off(picture: np.ndarray, grey: float, margins: tuple[int, int, int, int], noise: float) -> None:
    assert np.allclose(cut(on_canvas(picture, grey, margins, noise)), margins, atol=1)


def test_a_frame_in_a_frame(picture: np.ndarray) -> None:
    twice = on_canvas(on_canvas(picture, 255, (12, 12, 12, 12)), 0, (20, 40, 30, 30))
    assert np.allclose(cut(twice), (32, 52, 42, 42), atol=1)


def test_sides_of_different_greys(picture: np.ndarray) -> None:
    both = on_canvas(on_canvas(picture, 255, (20, 0, 0, 0)), 0, (0, 0, 40, 0))
    assert np.allclose(cut(both), (20, 0, 40, 0), atol=1)


def test_a_marker_in_the_frame(picture: np.ndarray) -> None:
    canvas = on_canvas(picture, 0, (60, 0, 0, 0))
    canvas[20:34, 30:36] = 255
    assert np.allclose(cut(canvas), (60, 0, 0, 0), atol=1)


def test_a_film_without_a_frame_stays_whole(picture: np.ndarray) -> None:
    assert cut(picture) == (0, 0, 0, 0)


def test_air_beside_a_patient_stays(picture: np.ndarray) -> None:
    """Black to both sides of an ellipse, which enters each line gradually."""
    rows, cols = np.indices((400, 400))
    body = ((rows - 260) / 300) ** 2 + ((cols - 200) / 120) ** 2 < 1
    film = np.where(body, 80 + 60 * np.sin(rows / 19) * np.cos(cols / 23), 0).astype(np.float32)
    assert cut(film) == (0, 0, 0, 0)


def test_a_wide_canvas_around_a_film_that_fades(picture: np.ndarray) -> None:
    cols = np.indices(picture.shape)[1]
    fading = picture * np.clip(np.minimum(cols, 239 - cols) / 60, 0, 1) ** 2
    left, right = cut(on_canvas(fading, 0, (0, 0, 240, 240)))[2:]
    assert 239 <= min(left, right) <= max(left, right) <= 256


def test_a_thin_line_stays(picture: np.ndarray) -> None:
    assert cut(on_canvas(picture, 255, (1, 1, 1, 1))) == (0, 0, 0, 0)


@pytest.mark.parametrize("grey", [0, 17])
def test_an_even_film_stays_whole(grey: float) -> None:
    assert cut(np.full((100, 100), grey, np.float32)) == (0, 0, 0, 0)


def test_what_would_be_left_is_no_film(picture: np.ndarray) -> None:
    assert cut(on_canvas(picture[:40, :40], 0, (100, 100, 100, 100))) == (0, 0, 0, 0)


def test_a_cropped_film_knows_its_file(tmp_path: Path, picture: np.ndarray) -> None:
    margins = (20, 30, 40, 50)
    Image.fromarray(on_canvas(picture, 255, margins).astype(np.uint8)).save(tmp_path / "film.png")
    film = read_radiograph(tmp_path / "film.png")
    assert (film.pixels == np.round(picture)).all()
    mask = film.pixels > 150
    stored = film.on_file.mask_to_file(mask)
    assert stored.shape == (380, 330)
    assert (stored[20:350, 40:280] == mask).all()
    assert stored.sum() == mask.sum()
