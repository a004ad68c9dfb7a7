"""The view recogniser: its answer, what it says of clear films, and that the bundle runs with MONAI."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.registry import BUNDLES
from radcaliper.models.view.kinds import KINDS, VIEWS, part_of, view_of
from radcaliper.models.view.predict import BUNDLE, predict_view, prediction_of, view_square
from radcaliper.pipelines.reading import read_radiograph


def logits(**answers: float) -> np.ndarray:
    names = [*KINDS, "0", "1", "2", "3", "mirrored", "negative"]
    return np.array([answers.get(name, 0.0) for name in names], np.float32)


def test_kinds_are_views_with_a_part() -> None:
    assert view_of("ap_spine_lumbar") == "ap_spine"
    assert part_of("ap_spine_lumbar") == "lumbar"
    assert part_of("ap_hip_left") == "left"
    assert (view_of("ap_pelvis"), part_of("ap_pelvis")) == ("ap_pelvis", "")
    assert len(VIEWS) == 9
    assert list(BUNDLES[BUNDLE].metadata["views"]) == list(KINDS)


def test_parts_of_a_view_add_up() -> None:
    found = prediction_of(logits(ap_spine_whole=3.0, ap_spine_lumbar=3.2, frontal_chest=3.5))
    total = sum(np.exp([3.0, 3.2, 3.5])) + 9
    assert found.view == "ap_spine"
    assert found.part == "lumbar"
    assert found.probability == pytest.approx((np.exp(3.0) + np.exp(3.2) + 1) / total)
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert found.is_unsure


def test_turns_and_signs_are_read_from_their_places() -> None:
    found = prediction_of(logits(frontal_chest=9.0, **{"3": 5.0, "mirrored": 2.0, "negative": -2.0}))
    assert found.turns == 3
    assert found.turns_probability == pytest.approx(np.exp(5) / (np.exp(5) + 3))
    assert found.mirrored == pytest.approx(1 / (1 + np.exp(-2)))
    assert found.negative == pytest.approx(1 / (1 + np.exp(2)))
    assert not found.is_unsure


def test_the_square_keeps_aspect_and_ignores_scale_of_grey() -> None:
    rng = np.random.default_rng(0)
    film = rng.random((900, 300)).astype(np.float32)
    square = view_square(film)
    assert square.shape == (224, 224)
    assert not square[:, :70].any()
    assert square[:, 80:140].all(axis=0).any()
    np.testing.assert_allclose(view_square(film * 4000 - 1000), square, atol=1e-4)


def test_a_large_film_gives_the_same_square_as_a_small_one() -> None:
    rows, cols = np.mgrid[:400, :300].astype(np.float32)
    small = np.sin(rows / 40) + cols / 300
    large = np.repeat(np.repeat(small, 8, axis=0), 8, axis=1)
    np.testing.assert_allclose(view_square(large), view_square(small), atol=0.03)


def test_an_empty_film_is_answered() -> None:
    found = predict_view(Radiograph(np.zeros((50, 40), np.float32)))
    assert sum(found.probabilities.values()) == pytest.approx(1)


def test_a_chest_however_it_lies(chest_dicom: Path) -> None:
    film = read_radiograph(chest_dicom).pixels
    found = predict_view(Radiograph(film))
    assert (found.view, found.turns, found.is_unsure) == ("frontal_chest", 0, False)
    assert found.mirrored < 0.5
    assert found.negative < 0.5
    for turns in (1, 2, 3):
        turned = predict_view(Radiograph(np.ascontiguousarray(np.rot90(film, -turns))))
        assert (turned.view, turned.turns) == ("frontal_chest", turns)
    assert not found.is_mirrored
    assert predict_view(Radiograph(np.ascontiguousarray(film[:, ::-1]))).is_mirrored
    assert predict_view(Radiograph(film.max() - film)).negative > 0.5


def test_the_bundle_runs_with_monai_and_says_the_same(tmp_path: Path, chest_dicom: Path) -> None:
    eight = (normalize_grey(read_radiograph(chest_dicom).pixels) * 255).astype(np.uint8)
    (tmp_path / "images").mkdir()
    Image.fromarray(eight).save(tmp_path / "images" / "film.png")
    folder = BUNDLES[BUNDLE].folder
    command = [sys.executable, "-m", "monai.bundle", "run", "--bundle_root", str(folder)]
    command += ["--config_file", str(folder / "configs" / "inference.json")]
    command += ["--meta_file", str(folder / "configs" / "metadata.json")]
    command += ["--image_dir", str(tmp_path / "images"), "--output_dir", str(tmp_path / "eval")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    with (tmp_path / "eval" / "views.csv").open(encoding="utf-8") as table:
        (row,) = csv.reader(table)
    probabilities = dict(zip(KINDS, map(float, row[1:]), strict=True))
    own = predict_view(Radiograph(eight.astype(np.float32)))
    assert probabilities["frontal_chest"] == pytest.approx(own.probability, abs=0.05)
