"""Whatever stands in a file, a table or a settings file: it is read, or refused with a line. Bounded by examples."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian

from radcaliper.learning.datasets.mask_files import BadMask, read_mask
from radcaliper.learning.datasets.own_films import NoFilms, open_own_films
from radcaliper.learning.own.judging import read_true_numbers
from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.settings import BadSettings, read_settings, rules_of
from radcaliper.qc.status_rules import StatusRules

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
bounded = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
GREY = (np.add.outer(np.arange(80), np.arange(96))).astype(np.uint8)


def _dicom() -> bytes:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = ComputedRadiographyImageStorage, "1.2.3", "CR"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = *GREY.shape, 1
    dataset.PixelRepresentation, dataset.PhotometricInterpretation = 0, "MONOCHROME1"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.ImagerPixelSpacing, dataset.PatientOrientation = 7, [0.2, 0.2], ["L", "F"]
    dataset.WindowCenter, dataset.WindowWidth, dataset.PixelData = 100, 150, GREY.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    content = BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def _by_file(write: Callable[[str], Any], name: str) -> bytes:
    with TemporaryDirectory() as folder:
        write(f"{folder}/{name}")
        return Path(folder, name).read_bytes()


def _films() -> dict[str, bytes]:
    """A small film in every kind of file."""
    image = SimpleITK.GetImageFromArray(GREY)
    return {
        "film.dcm": _dicom(),
        "film.png": cv2.imencode(".png", GREY)[1].tobytes(),
        "film.jpg": cv2.imencode(".jpg", GREY)[1].tobytes(),
        "film.bmp": cv2.imencode(".bmp", GREY)[1].tobytes(),
        "film.tif": _by_file(lambda path: tifffile.imwrite(path, GREY), "film.tif"),
        "film.nii": _by_file(lambda path: nibabel.save(nibabel.Nifti1Image(GREY, np.eye(4)), path), "film.nii"),  # type: ignore[attr-defined]
        "film.nrrd": _by_file(lambda path: SimpleITK.WriteImage(image, path), "film.nrrd"),
        "film.mha": _by_file(lambda path: SimpleITK.WriteImage(image, path), "film.mha"),
    }


FILMS = _films()


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A film's file with some bytes changed, most of them in its header, and perhaps cut off."""
    name = draw(st.sampled_from(sorted(FILMS)))
    content = bytearray(FILMS[name])
    header = st.integers(0, min(len(content), 700) - 1)
    for place in draw(st.lists(st.one_of(header, st.integers(0, len(content) - 1)), min_size=1, max_size=6)):
        content[place] = draw(st.integers(0, 255))
    return name, bytes(content[: draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))])


def assert_one_line(error: Exception) -> None:
    assert str(error)
    assert "\n" not in str(error)


@bounded
@given(damaged_files())
def test_a_damaged_film_is_read_or_refused_with_a_line(file: tuple[str, bytes]) -> None:
    name, content = file
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            film = read_radiograph(path)
        except (UnreadableFilm, NotARadiograph) as error:
            assert_one_line(error)
            return
    assert isinstance(film, Radiograph)
    assert np.isfinite(film.pixels).all()


@bounded
@given(damaged_files())
def test_a_damaged_mask_is_read_or_refused_with_a_line(file: tuple[str, bytes]) -> None:
    name, content = file
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            assert read_mask(path).ndim == 2
        except BadMask as error:
            assert_one_line(error)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
NAMES = (
    "masks numbers films calibration widest review_below refuse_below heart allowed models intervals quality"
    " heart_width scale floor share constant bound curves vertebra_01"
)
names = st.sampled_from(NAMES.split()) | st.text(max_size=6)
tables = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@bounded
@given(st.dictionaries(names, tables, max_size=4))
def test_any_settings_are_rules_or_refused_with_a_line(content: dict[str, Any]) -> None:
    try:
        assert isinstance(rules_of(content), StatusRules)
    except BadSettings as error:
        assert_one_line(error)


@bounded
@given(st.binary(max_size=200))
def test_any_settings_file_is_rules_or_refused_with_a_line(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "settings.toml")
        path.write_bytes(content)
        try:
            read_settings(path)
        except BadSettings as error:
            assert str(error).startswith(str(path))


cells = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)
lines = st.lists(st.lists(cells | st.sampled_from(["image", "measurement", "value", "film.png", "heart_width", "1.5"])))


@bounded
@given(lines, st.sampled_from(["truth.csv", "manifest.csv"]))
def test_any_table_of_ones_own_is_read_or_refused(rows: list[list[str]], name: str) -> None:
    with TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "images").mkdir()
        (data / "masks" / "knob").mkdir(parents=True)
        for place in ("images", "masks/knob"):
            (data / place / "film.png").write_bytes(FILMS["film.png"])
        (data / name).write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
        try:
            read_true_numbers(data)
            assert len(list(open_own_films(data).read())) == 1
        except NoFilms as error:
            assert str(error)
