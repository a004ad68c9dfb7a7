"""Every kind of file that holds a film, and those that hold none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from radcaliper.measurements.types import SpacingSource
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, is_candidate, read_radiograph

RAMP = np.tile(np.arange(100, dtype=np.uint16) * 40, (80, 1))
"""An 80 x 100 film that is dark on the left and bright on the right, in 12 bits."""


def dicom(folder: Path, pixels: np.ndarray = RAMP, **tags: object) -> Path:
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID = "1.2.3"
    film.Modality, film.PhotometricInterpretation = "DX", "MONOCHROME2"
    film.Rows, film.Columns, film.SamplesPerPixel, film.PixelRepresentation = *pixels.shape[:2], 1, 0
    film.BitsAllocated, film.BitsStored, film.HighBit = 16, 12, 11
    film.PixelData = pixels.tobytes()
    for keyword, value in tags.items():
        setattr(film, keyword, value)
    path = folder / "film.dcm"
    film.save_as(path, enforce_file_format=True)
    return path


def rising(path: Path) -> bool:
    pixels = read_radiograph(path).pixels
    return bool(pixels[40, 90] > pixels[40, 10])


def test_monochrome1_is_turned(tmp_path: Path) -> None:
    assert rising(dicom(tmp_path))
    assert not rising(dicom(tmp_path, PhotometricInterpretation="MONOCHROME1"))


def test_an_inverse_presentation_is_turned(tmp_path: Path) -> None:
    assert not rising(dicom(tmp_path, PresentationLUTShape="INVERSE"))


def test_rescale_and_window(tmp_path: Path) -> None:
    plain = dicom(tmp_path, RescaleSlope=2, RescaleIntercept=-100)
    assert read_radiograph(plain).pixels.max() == 99 * 40 * 2 - 100
    windowed = read_radiograph(dicom(tmp_path, WindowCenter=2000, WindowWidth=1000)).pixels
    assert np.unique(windowed[:, :35]).size == 1
    assert np.unique(windowed[0, 40:60]).size > 10


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_window_functions_rise(tmp_path: Path, function: str) -> None:
    assert rising(dicom(tmp_path, WindowCenter=2000, WindowWidth=3000, VOILUTFunction=function))


def test_a_window_that_shows_nothing_is_not_used(tmp_path: Path) -> None:
    film = read_radiograph(dicom(tmp_path, WindowCenter=60000, WindowWidth=10))
    assert np.unique(film.pixels).size == 100


def test_voi_lut_sequence(tmp_path: Path) -> None:
    lut = Dataset()
    lut.LUTDescriptor = [4096, 0, 16]
    lut.add_new("LUTData", "OW", np.arange(4095, -1, -1, dtype=np.uint16).tobytes())
    assert not rising(dicom(tmp_path, VOILUTSequence=pydicom.Sequence([lut])))


def test_padding_is_darkest(tmp_path: Path) -> None:
    pixels = RAMP.copy()
    pixels[:, :20] = 4095
    film = read_radiograph(dicom(tmp_path, pixels, PixelPaddingValue=4095))
    assert film.pixels[:, :20].max() == film.pixels.min() == 20 * 40


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, None),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": [0.2, 0.3]}, (0.2, 0.3, SpacingSource.HEADER)),
        ({"ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2, SpacingSource.DETECTOR)),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2, SpacingSource.DETECTOR)),
        ({"PixelSpacing": [0.16, 0.16], "ImagerPixelSpacing": [0.2, 0.2]}, (0.16, 0.16, SpacingSource.CALIBRATED)),
        ({"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"}, (0.2, 0.2, SpacingSource.CALIBRATED)),
        (
            {"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": "1.25"},
            (0.16, 0.16, SpacingSource.DETECTOR_OVER_MAGNIFICATION),
        ),
        (
            {"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": "0"},
            (0.2, 0.2, SpacingSource.DETECTOR),
        ),
        ({"NominalScannedPixelSpacing": [0.1, 0.1]}, (0.1, 0.1, SpacingSource.HEADER)),
    ],
)
def test_spacing(tmp_path: Path, tags: dict[str, object], expected: tuple[float, float, SpacingSource] | None) -> None:
    spacing = read_radiograph(dicom(tmp_path, **tags)).spacing
    found = None if spacing is None else (round(spacing.row_mm, 6), round(spacing.col_mm, 6), spacing.source)
    assert found == expected


def test_the_user_s_spacing_comes_first(tmp_path: Path) -> None:
    film = read_radiograph(dicom(tmp_path, PixelSpacing=[0.2, 0.2]), 0.5)
    assert film.spacing is not None
    assert (film.spacing.row_mm, film.spacing.source) == (0.5, SpacingSource.USER)


def test_view_and_side(tmp_path: Path) -> None:
    film = read_radiograph(dicom(tmp_path, ViewPosition="AP", ImageLaterality="L"))
    assert (film.view, film.laterality) == ("AP", "L")


def test_frames_and_sections_are_no_radiographs(tmp_path: Path) -> None:
    doubled = np.concatenate([RAMP, RAMP])
    with pytest.raises(NotARadiograph, match="2 frames"):
        read_radiograph(dicom(tmp_path, doubled, Rows=80, NumberOfFrames=2))
    with pytest.raises(NotARadiograph, match="CT"):
        read_radiograph(dicom(tmp_path, Modality="CT"))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("JPEG-lossy.dcm", id="12-bit JPEG"),
        pytest.param("SC_rgb_jpeg_gdcm.dcm", id="lossless JPEG"),
        pytest.param("MR_small_jpeg_ls_lossless.dcm", id="JPEG-LS"),
        pytest.param("JPEG2000.dcm", id="JPEG 2000"),
        pytest.param("MR_small_RLE.dcm", id="RLE"),
        pytest.param("SC_rgb_jpeg_dcmtk.dcm", id="JPEG"),
    ],
)
def test_compressions(tmp_path: Path, name: str) -> None:
    film = pydicom.dcmread(str(get_testdata_file(name, download=False)))
    film.Modality = "DX"
    film.save_as(tmp_path / "film.dcm")
    assert np.unique(read_radiograph(tmp_path / "film.dcm").pixels).size > 5


def test_a_real_film(chest_dicom: Path) -> None:
    film = read_radiograph(chest_dicom)
    assert film.shape == (1955, 1841)
    assert film.spacing is None  # the file says 0
    assert film.view == "PA"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("extension", ["png", "tif", "jpg"])
def test_rasters(tmp_path: Path, mode: str, extension: str) -> None:
    if (extension == "jpg" and mode not in ("L", "RGB", "CMYK")) or (extension == "png" and mode in ("CMYK", "F")):
        pytest.skip("the format has no such pixels")
    path = tmp_path / f"film.{extension}"
    grey = Image.fromarray((RAMP / 16).astype(np.uint8))
    sixteen = Image.fromarray(RAMP)
    (sixteen if mode == "I;16" else grey.convert(mode)).save(path)
    assert rising(path)
    assert read_radiograph(path).spacing is None


@pytest.mark.parametrize("extension", ["nii.gz", "nrrd", "mha"])
@pytest.mark.parametrize("slices", [(), (1,)], ids=["2-D", "one slice"])
def test_volumes(tmp_path: Path, extension: str, slices: tuple[int, ...]) -> None:
    image = SimpleITK.GetImageFromArray(RAMP.reshape(*slices, *RAMP.shape))
    image.SetSpacing((0.3, 0.2, 1.0)[: image.GetDimension()])
    path = tmp_path / f"film.{extension}"
    SimpleITK.WriteImage(image, str(path))
    film = read_radiograph(path)
    assert rising(path)
    assert film.spacing is not None
    assert (round(film.spacing.row_mm, 4), round(film.spacing.col_mm, 4)) == (0.2, 0.3)


def test_a_volume_is_no_radiograph(tmp_path: Path) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((5, 80, 80), np.uint8)), str(tmp_path / "ct.nrrd"))
    with pytest.raises(NotARadiograph, match="voxels"):
        read_radiograph(tmp_path / "ct.nrrd")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.png", b""), ("a.dcm", b"hello"), ("a.jpg", b"\xff\xd8\xff\xe0 broken"), ("a.nii", b"none"), ("a", b"what")],
)
def test_what_is_no_image_is_said_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFilm) as failure:
        read_radiograph(tmp_path / name)
    assert str(failure.value)
    assert "\n" not in str(failure.value)


def test_candidates(tmp_path: Path) -> None:
    for name in ("a.PNG", "a.dcm", "a.nii.gz", "no_extension", "report.txt", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    magic = tmp_path / "study.0001"
    magic.write_bytes(b"\0" * 128 + b"DICM")
    found = {path.name for path in tmp_path.iterdir() if is_candidate(path)}
    assert found == {"a.PNG", "a.dcm", "a.nii.gz", "no_extension", "study.0001"}
