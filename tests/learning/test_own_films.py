"""A user's folder of films and masks is read whatever the masks are stored as; what is wrong is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import SimpleITK

from radcaliper.learning.datasets.mask_files import BadMask, read_label_map, read_mask, structure_name
from radcaliper.learning.datasets.own_films import NoFilms, open_own_films
from radcaliper.measurements.structures import structures_of
from radcaliper.pipelines.results.dicom_seg import encoded_segmentation
from radcaliper.pipelines.results.dicom_source import source_of

BAR = np.zeros((20, 30), np.uint8)
BAR[4:9, 10:25] = 1


@pytest.mark.parametrize("name", ["bar.png", "bar.tif", "bar.nii", "bar.nii.gz", "bar.nrrd", "bar.mha"])
@pytest.mark.parametrize("high", [1, 255])
def test_a_mask_is_the_same_whatever_it_is_stored_as(tmp_path: Path, name: str, high: int) -> None:
    path, values = tmp_path / name, BAR * np.uint8(high)
    if path.suffix in (".png", ".tif"):
        cv2.imwrite(str(path), values)
    else:
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values[None]), str(path))
    np.testing.assert_array_equal(read_mask(path), BAR > 0)


@pytest.mark.filterwarnings("ignore")  # highdicom's, of its own reading
def test_the_segments_of_a_dicom_seg_are_masks_by_their_labels(tmp_path: Path, chest_dicom: Path) -> None:
    source = source_of(chest_dicom)
    heart = np.zeros((source.Rows, source.Columns), bool)
    heart[40:90, 60:150] = True
    content = encoded_segmentation({"heart": heart, "spine": ~heart}, structures_of("chest"), source)
    (tmp_path / "film.dcm").write_bytes(content)
    masks = read_label_map(tmp_path / "film.dcm", {})
    assert masks.keys() == {"heart", "spine"}
    np.testing.assert_array_equal(masks["heart"], heart)
    (tmp_path / "film.dcm").write_bytes(content[:600])
    with pytest.raises(BadMask, match="not a readable DICOM SEG"):
        read_label_map(tmp_path / "film.dcm", {})


def test_a_label_map_needs_words_for_its_values(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "map.png"), BAR * np.uint8(3))
    masks = read_label_map(tmp_path / "map.png", {3: "bar", 4: "knob"})
    assert list(masks) == ["bar"]
    np.testing.assert_array_equal(masks["bar"], BAR > 0)
    with pytest.raises(BadMask, match=r"labels\.csv does not say"):
        read_label_map(tmp_path / "map.png", {})


def test_a_volume_is_no_mask_of_a_film(tmp_path: Path) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((3, 8, 9), np.uint8)), str(tmp_path / "ct.nii"))
    with pytest.raises(BadMask, match="3 x 8 x 9"):
        read_mask(tmp_path / "ct.nii")


def test_names_of_structures_are_those_of_files() -> None:
    assert structure_name("Aortic knob (left)") == "aortic_knob_left"
    with pytest.raises(BadMask):
        structure_name("1st rib")


def test_films_masks_and_patients_are_found(own_films: Path) -> None:
    folder = open_own_films(own_films)
    assert len(folder.films) == 14
    assert folder.films[3].patient == "patient 3"
    assert folder.films[3].facts["sex"] == "M"
    film = next(folder.read())
    assert film.masks["knob"].shape == film.film.shape
    assert film.film.pixels[film.masks["knob"]].mean() > film.film.pixels[~film.masks["knob"]].mean()
    assert folder.problems == []


def test_what_is_wrong_is_told_in_a_line_each(tmp_path: Path, write_own_films: Callable[..., Path]) -> None:
    data = write_own_films(tmp_path / "data", 5)
    masks = data / "masks" / "knob"
    cv2.imwrite(str(masks / "film_00.png"), np.ones((10, 10), np.uint8))
    cv2.imwrite(str(masks / "film_01.png"), np.zeros((160, 160), np.uint8))
    (masks / "film_02.png").write_bytes(b"no picture")
    (data / "images" / "film_03.png").write_bytes(b"no film")
    (masks / "nobody.png").write_bytes((masks / "film_04.png").read_bytes())
    (data / "images" / "alone.png").write_bytes((data / "images" / "film_04.png").read_bytes())
    with (data / "manifest.csv").open("a") as file:
        file.write("gone.png,patient 9,F,50,PA\n")
    folder = open_own_films(data)
    assert [film.source.name for film in folder.read()] == ["images/film_04.png"]
    told = "\n".join(folder.problems)
    assert len(folder.problems) == 7
    assert "film_00.png: left out: 10 x 10 pixels, its film 160 x 160" in told
    assert "film_01.png: left out: knob is empty" in told
    assert "film_02.png is not a readable picture" in told
    assert "images/film_03.png: left out:" in told
    assert "masks/knob/nobody: left out: no film" in told
    assert "images/alone.png: left out: it has no mask" in told
    assert "manifest.csv: gone.png: no such film" in told


def test_a_folder_of_another_kind_is_told_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(NoFilms, match=r"expected DATA/images/ with films, and DATA/masks/STRUCTURE/NAME\.png"):
        open_own_films(tmp_path)
