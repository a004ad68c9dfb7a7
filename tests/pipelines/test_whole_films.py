"""Whole films stored in other ways are measured as if they were not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.protocols.registry import analyse
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.reading.file_frame import in_file_frame


def save(pattern: Path, pixels: np.ndarray, out: Path, **tags: object) -> Path:
    """A film with these pixels and tags and the other elements of a DICOM file."""
    dataset = pydicom.dcmread(pattern)
    for keyword in ("WindowCenter", "WindowWidth", "PixelSpacing", "ImagerPixelSpacing", "PatientOrientation"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelData = np.ascontiguousarray(pixels.astype(np.uint16)).tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    dataset.save_as(out)
    return out


def measured(path: Path, protocol: str) -> Analysis:
    return in_file_frame(analyse("film", read_radiograph(path), protocol))


def values(analysis: Analysis, measurement: str) -> dict[tuple[str, str], float]:
    return {
        (number.site, number.method): number.value
        for number in analysis.measurements
        if number.name == measurement and number.value is not None
    }


@pytest.fixture(scope="module")
def chest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, Analysis]:
    """RG1 of pydicom-data at a third of its size: a file to take the header from, its stored pixels, its analysis."""
    from importlib.resources import files

    pattern = Path(str(files("data_store") / "data" / "RG1_UNCR.dcm"))
    pixels = cv2.resize(pydicom.dcmread(pattern).pixel_array, (615, 652), interpolation=cv2.INTER_AREA)
    plain = save(pattern, pixels, tmp_path_factory.mktemp("chest") / "plain.dcm")
    return pattern, pixels, measured(plain, "chest")


@pytest.mark.parametrize("grey", [0, 65535, 9000])
@pytest.mark.parametrize("margins", [((60, 60), (60, 60)), ((0, 0), (615, 615)), ((0, 652), (0, 0))])
def test_a_framed_chest(
    tmp_path: Path,
    chest: tuple[Path, np.ndarray, Analysis],
    grey: int,
    margins: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    pattern, pixels, plain = chest
    framed = measured(save(pattern, np.pad(pixels, margins, constant_values=grey), tmp_path / "film.dcm"), "chest")
    ratio = ("", "mask")
    expected = values(plain, "cardiothoracic_ratio")[ratio]
    assert values(framed, "cardiothoracic_ratio")[ratio] == pytest.approx(expected, abs=0.005)
    assert framed.prediction is not None
    heart = framed.prediction.masks["heart"]
    assert heart.shape == (652 + sum(margins[0]), 615 + sum(margins[1]))


def test_a_mirrored_chest_has_its_sides(tmp_path: Path, chest: tuple[Path, np.ndarray, Analysis]) -> None:
    pattern, pixels, plain = chest
    path = save(pattern, pixels[:, ::-1], tmp_path / "film.dcm", PatientOrientation=["R", "F"])
    mirrored = measured(path, "chest")
    assert mirrored.reasons == plain.reasons
    assert values(mirrored, "lung_width") == pytest.approx(values(plain, "lung_width"))
    assert mirrored.prediction is not None
    assert plain.prediction is not None
    assert (mirrored.prediction.masks["left_lung"][:, ::-1] == plain.prediction.masks["left_lung"]).all()


def test_two_chests_are_refused_by_every_protocol(tmp_path: Path, chest: tuple[Path, np.ndarray, Analysis]) -> None:
    pattern, pixels, _ = chest
    path = save(pattern, np.hstack([pixels, np.zeros((652, 20)), pixels]), tmp_path / "film.dcm")
    for protocol in ("chest", "spine", "hip", "auto"):
        analysis = measured(path, protocol)
        assert (analysis.status, analysis.reasons) == (Status.REFUSED, ("several_films",))


@pytest.mark.parametrize("tags", [{"ImagerPixelSpacing": [0.3, 0.6]}, {"PixelAspectRatio": ["1", "2"]}])
def test_a_spine_at_half_its_width(
    tmp_path: Path, data_folder: Path, chest: tuple[Path, np.ndarray, Analysis], tags: dict[str, object]
) -> None:
    film = sorted((data_folder / "spine" / "aasce" / "images").iterdir())[100]
    grey = cv2.imread(str(film), cv2.IMREAD_GRAYSCALE).astype(np.uint16) * 256
    half = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0]), interpolation=cv2.INTER_AREA)
    bright = {"PhotometricInterpretation": "MONOCHROME2"}
    plain = measured(save(chest[0], grey, tmp_path / "plain.dcm", **bright), "spine")
    narrow = measured(save(chest[0], half, tmp_path / "half.dcm", **bright, **tags), "spine")
    curve = values(plain, "cobb_angle")
    for method in ("vertebral_tilt", "endplates"):
        found = values(narrow, "cobb_angle")["curve_1", method]
        assert found == pytest.approx(curve["curve_1", method], abs=3)
    assert narrow.radiograph.shape == half.shape
