"""Pictures of several films are told from single ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.measurements.types import Radiograph, Status
from radcaliper.qc.gates.film import film_findings
from radcaliper.qc.gates.several_films import several_films_findings


def reasons(pixels: np.ndarray) -> list[str]:
    return [finding.reason for finding in several_films_findings(Radiograph(pixels.astype(np.float32)))]


def thorax(seed: int, shape: tuple[int, int] = (400, 360)) -> np.ndarray:
    """Two dark lungs, a bright middle and darker air to one side, none quite like another's."""
    rows, cols = np.indices(shape) / np.array(shape)[:, None, None]
    shift = 0.02 * np.random.default_rng(seed).normal(size=4)
    lungs = sum(
        np.exp(-(((rows - 0.5 - shift[2 * side]) / 0.3) ** 2) - ((cols - (0.28, 0.72)[side] - shift[1]) / 0.14) ** 2)
        for side in (0, 1)
    )
    film = 0.75 - 0.5 * lungs + 0.1 * np.sin(60 * rows + seed) * lungs
    return cv2.GaussianBlur((film * (0.3 + 0.7 * np.clip(cols / 0.1, 0, 1))).astype(np.float32), (5, 5), 0)


@pytest.mark.parametrize("gap", [0, 8, 40])
@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_films_beside_each_other(gap: int, grey: float) -> None:
    pictures = [thorax(1), np.full((400, gap), grey), thorax(2)]
    assert reasons(np.hstack(pictures)) == ["several_films"]
    assert reasons(np.hstack([*pictures, np.full((400, gap), grey), thorax(3)])) == ["several_films"]


@pytest.mark.parametrize("grey", [0.0, 1.0])
def test_films_above_each_other(grey: float) -> None:
    assert reasons(np.vstack([thorax(1), np.full((10, 360), grey), thorax(2)])) == ["several_films"]
    assert reasons(np.vstack([thorax(1), thorax(2)])) == []  # without a gap nothing tells them from joined plates


def test_a_single_film() -> None:
    assert reasons(thorax(1)) == []


def test_plates_of_one_exposure_may_be_joined() -> None:
    rows, cols = np.indices((900, 350))
    spine = 0.4 + 0.4 * np.exp(-(((cols - 175 - 30 * np.sin(rows / 140)) / 40) ** 2)) + 0.05 * np.sin(rows / 9)
    spine[450:] = 0.15 + 0.8 * spine[450:]
    assert reasons(spine) == []


def test_they_are_refused_before_any_network() -> None:
    film = Radiograph(np.hstack([thorax(1), thorax(2)]).astype(np.float32))
    assert [(found.reason, found.status) for found in film_findings(film)] == [("several_films", Status.REFUSED)]


def test_labelled_films_of_one_exposure_pass(data_folder: Path) -> None:
    folders = ("chest/jsrt", "chest/wingspan", "chest/covid100", "chest/v7", "spine/aasce", "spine/fraiwan")
    films = [path for name in folders for path in sorted((data_folder / name / "images").iterdir())[::12]]
    assert len(films) > 100
    for path in films:
        assert reasons(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) == [], path.name
