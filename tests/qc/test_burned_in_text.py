"""Words in a film's pixels are seen; markers of a side and anatomy are no words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydicom import dcmread

from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.qc.gates.burned_in_text import shows_text
from radcaliper.qc.gates.film import acquisition_findings


def film(words: str = "", size: int = 24, grey: int = 255) -> np.ndarray:
    """A smooth film of 600 x 500 pixels with words in its dark corner, or in its bright one."""
    rows, cols = np.mgrid[:600, :500]
    picture = Image.fromarray(
        (40 + 160 * np.exp(-(((rows - 350) / 150) ** 2 + ((cols - 250) / 120) ** 2))).astype(np.uint8)
    )
    ImageDraw.Draw(picture).text((20, 20), words, fill=grey, font_size=size)
    return np.asarray(picture, np.float32)


@pytest.mark.parametrize("size", [22, 26, 30])
@pytest.mark.parametrize("words", ["MUELLER HANS", "Meier, Anna 1962-03-07", "ID 4711 0815"])
def test_names_and_numbers_are_text(words: str, size: int) -> None:
    assert shows_text(film(words, size))
    assert shows_text(255 - film(words, size))


@pytest.mark.parametrize("words", ["", "R", "L", "AP", "PA L"])
def test_markers_are_no_text(words: str) -> None:
    assert not shows_text(film(words))


def test_noise_and_two_greys_are_no_text() -> None:
    noise = np.random.default_rng(1).normal(size=(600, 500)).astype(np.float32)
    assert not shows_text(noise)
    assert not shows_text((noise > 0).astype(np.float32))
    assert not shows_text(np.zeros((600, 500), np.float32))


def test_text_outside_of_what_was_exposed_is_seen_and_leaves_a_film_ok(tmp_path: Path) -> None:
    framed = np.zeros((800, 800), np.uint8)
    framed[100:700, 150:650] = film()
    picture = Image.fromarray(framed)
    ImageDraw.Draw(picture).text((20, 20), "MUELLER HANS", fill=255, font_size=24)
    picture.save(tmp_path / "film.png")
    read = read_radiograph(tmp_path / "film.png")
    assert read.shape != (800, 800)
    assert [finding.reason for finding in acquisition_findings(read)] == ["burned_in_text"]
    refused = PROTOCOLS["chest"].refused("film.png", read, ())
    assert refused.reasons == ("burned_in_text",)


def test_the_header_s_word_is_believed(tmp_path: Path, chest_dicom: Path) -> None:
    dataset = dcmread(chest_dicom)
    assert not read_radiograph(chest_dicom).burned_in_text
    dataset.BurnedInAnnotation = "YES"
    dataset.save_as(tmp_path / "film.dcm")
    assert read_radiograph(tmp_path / "film.dcm").burned_in_text
