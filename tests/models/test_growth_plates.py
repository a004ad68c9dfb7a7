"""Open growth plates: the square about a head, the linear score and its fit, and two real films."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radcaliper.learning.datasets.real_hips import real_hip_films
from radcaliper.learning.hip.growth_plate_score import FilmFeatures, fit_score, judged
from radcaliper.measurements.types import Radiograph
from radcaliper.models.hip.growth_plates import SeenHead, head_square, seen_heads, shows_growth_plates
from radcaliper.models.hip.predict import predict_hips

HEAD = SeenHead(np.array([100.0, 80.0]), 30.0, "right")


def test_a_left_head_looks_like_a_right_one() -> None:
    film = np.random.default_rng(0).random((200, 180)).astype(np.float32)
    mirrored = replace(HEAD, centre=np.array([100.0, 179.0 - 80.0]), side="left")
    right, left = head_square(film, HEAD), head_square(np.ascontiguousarray(film[:, ::-1]), mirrored)
    assert right.shape == (224, 224)
    assert 0 <= right.min() < right.max() <= 1
    assert left == pytest.approx(right, abs=0.02)


def test_a_film_without_a_head_is_not_immature() -> None:
    assert seen_heads({}) == ()
    assert not shows_growth_plates(Radiograph(np.zeros((50, 50), np.float32)), {})


def test_the_score_tells_what_differs_and_judges_patients_apart() -> None:
    rng = np.random.default_rng(1)
    films = []
    for number in range(30):
        seen = rng.normal(0, 1, (6, 40))
        seen[:, 0] += 4 if number % 3 == 0 else -4
        films.append(FilmFeatures(f"patient {number}", number % 3 == 0, seen))
    assert all((score > 0) == film.is_open for film, score in judged(films))
    assert len(list(judged(films))) == 30
    assert np.abs(fit_score(films).weight).argmax() == 0


@pytest.mark.parametrize(("name", "is_open"), [("bb0052.jpg", True), ("bb0959.jpg", False)])
def test_a_clear_adolescent_and_a_clear_adult(name: str, is_open: bool, data_folder: Path) -> None:
    film = next(film for film in real_hip_films(data_folder) if film.name == name)
    radiograph = Radiograph(film.grey)
    assert shows_growth_plates(radiograph, predict_hips(radiograph).closer) is is_open
