"""DICOM files that lack what the standard asks for, and what is no film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
)

from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, is_candidate, is_dicom, read_radiograph
from radcaliper.pipelines.reading.limits import MOST_PIXELS

Save = Callable[..., Path]
SECRET = "SECRET^NAME"
PDF, REPORT = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.88.11"


def alike(found: np.ndarray, expected: np.ndarray, least: float = 0.99999) -> bool:
    return found.shape == expected.shape and float(np.corrcoef(found.ravel(), expected.ravel())[0, 1]) > least


def rewritten(path: Path, implicit: bool, big: bool = False, meta: bool = False, preamble: bool = False) -> Path:
    """The dataset alone, with or without its preamble and its File Meta group."""
    dataset = pydicom.dcmread(path)
    if big:
        dataset.PixelData = np.frombuffer(dataset.PixelData, np.uint16).byteswap().tobytes()
    del dataset.file_meta
    if not preamble:
        dataset.preamble = None
    bare = path.with_name("bare.dcm")
    pydicom.dcmwrite(bare, dataset, implicit_vr=implicit, little_endian=not big, force_encoding=True)
    if meta:
        head = path.read_bytes()[132:]
        length = 12 + int.from_bytes(head[8:12], "little")
        bare.write_bytes(head[:length] + bare.read_bytes())
    return bare


@pytest.mark.parametrize("suffix", [".dcm", "", ".0001", ".xyz"])
@pytest.mark.parametrize(("implicit", "big"), [(True, False), (False, False), (False, True)])
def test_without_preamble_and_file_meta(
    save_dicom: Save, film: np.ndarray, implicit: bool, big: bool, suffix: str
) -> None:
    path = rewritten(save_dicom(), implicit, big)
    path = path.rename(path.with_name(f"bare{suffix}"))
    assert alike(read_radiograph(path).pixels, film)
    assert is_candidate(path)
    assert is_dicom(path)


@pytest.mark.parametrize("implicit", [True, False])
def test_preamble_without_file_meta(save_dicom: Save, film: np.ndarray, implicit: bool) -> None:
    assert alike(read_radiograph(rewritten(save_dicom(), implicit, preamble=True)).pixels, film)


def test_file_meta_without_preamble(save_dicom: Save, film: np.ndarray) -> None:
    assert alike(read_radiograph(rewritten(save_dicom(), False, meta=True)).pixels, film)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_file_meta_without_transfer_syntax(save_dicom: Save, film: np.ndarray, syntax: str) -> None:
    path = save_dicom(syntax=syntax)
    head = path.read_bytes()
    element = b"\x02\x00\x10\x00UI"
    start = head.index(element)
    end = start + 8 + int.from_bytes(head[start + 6 : start + 8], "little")
    length = int.from_bytes(head[140:144], "little") - (end - start)
    path.write_bytes(head[:140] + length.to_bytes(4, "little") + head[144:start] + head[end:])
    assert alike(read_radiograph(path).pixels, film)


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian])
def test_plain_transfer_syntaxes(save_dicom: Save, film: np.ndarray, syntax: str) -> None:
    pixels = film.byteswap() if syntax == ExplicitVRBigEndian else film
    path = save_dicom(PixelData=pixels.tobytes(), syntax=syntax)
    assert alike(read_radiograph(path).pixels, film)


ENCODED: dict[str, tuple[Callable[[np.ndarray], bytes], str]] = {
    "JPEG-LS": (imagecodecs.jpegls_encode, JPEGLSLossless),
    "JPEG 2000": (lambda film: imagecodecs.jpeg2k_encode(film, level=0, codecformat="j2k"), JPEG2000Lossless),
    "JPEG 2000 in a JP2 file": (lambda film: imagecodecs.jpeg2k_encode(film, level=0), JPEG2000),
    "lossless JPEG": (lambda film: imagecodecs.ljpeg_encode(film, bitspersample=12), JPEGLossless),
    "12-bit JPEG": (lambda film: imagecodecs.jpeg8_encode(film, level=99, bitspersample=12), JPEGExtended12Bit),
}


@pytest.mark.parametrize("kind", ENCODED)
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_compressed_films(save_dicom: Save, film: np.ndarray, kind: str, told: bool) -> None:
    """Also where the header calls them uncompressed."""
    encode, syntax = ENCODED[kind]
    path = save_dicom(frame=encode(film), syntax=syntax if told else ExplicitVRLittleEndian)
    assert alike(read_radiograph(path).pixels, film, 0.9999)


def test_signed_jpeg_ls(save_dicom: Save, film: np.ndarray) -> None:
    signed = film.astype(np.int16) - 2000
    frame = imagecodecs.jpegls_encode((signed & 0xFFF).astype(np.uint16))
    found = read_radiograph(save_dicom(signed, frame=frame, syntax=JPEGLSLossless))
    assert alike(found.pixels, film)


@pytest.mark.parametrize("bits", [12, 16])
def test_8_bit_jpeg_that_calls_itself_more(save_dicom: Save, film: np.ndarray, bits: int) -> None:
    frame = imagecodecs.jpeg8_encode((film >> 4).astype(np.uint8), level=98)
    found = read_radiograph(save_dicom(frame=frame, syntax=JPEGBaseline8Bit, BitsStored=bits, HighBit=bits - 1))
    assert alike(found.pixels, film, 0.999)


@pytest.mark.parametrize(
    "keyword",
    ["PixelRepresentation", "BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel", "PhotometricInterpretation",
     "SOPClassUID", "Modality", "SOPInstanceUID"],
)  # fmt: skip
def test_missing_elements(save_dicom: Save, film: np.ndarray, keyword: str) -> None:
    assert alike(read_radiograph(save_dicom(**{keyword: None})).pixels, film)


@pytest.mark.parametrize("keyword", ["BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel"])
def test_empty_elements(save_dicom: Save, film: np.ndarray, keyword: str) -> None:
    assert alike(read_radiograph(save_dicom(**{keyword: ""})).pixels, film)


def test_a_frame_of_another_size_than_the_header_says(save_dicom: Save, film: np.ndarray) -> None:
    path = save_dicom(frame=imagecodecs.jpegls_encode(film), syntax=JPEGLSLossless, Rows=401)
    with pytest.raises(UnreadableFilm, match="another size"):
        read_radiograph(path)


def test_a_frame_of_other_samples_than_the_header_says(save_dicom: Save, film: np.ndarray) -> None:
    eight = (film >> 4).astype(np.uint8)
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    colours = imagecodecs.jpeg8_encode(np.stack([eight] * 3, axis=-1), level=98)
    assert alike(read_radiograph(save_dicom(frame=colours, syntax=JPEGBaseline8Bit, **bits)).pixels, eight, 0.999)
    tags = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 0}
    grey = imagecodecs.jpeg8_encode(eight, level=98)
    assert alike(read_radiograph(save_dicom(frame=grey, syntax=JPEGBaseline8Bit, **bits, **tags)).pixels, eight, 0.999)


def test_more_pixels_than_the_header_counts(save_dicom: Save, film: np.ndarray) -> None:
    assert alike(read_radiograph(save_dicom(PixelData=film.tobytes() * 2)).pixels, film)
    assert alike(read_radiograph(save_dicom(PixelData=film.tobytes() + bytes(40))).pixels, film)


def test_the_size_of_a_compressed_film_is_its_frame_s(save_dicom: Save, film: np.ndarray) -> None:
    frame = imagecodecs.jpegls_encode(film)
    assert alike(read_radiograph(save_dicom(frame=frame, syntax=JPEGLSLossless, Rows=None)).pixels, film)


def test_a_number_of_frames_that_is_none(save_dicom: Save, film: np.ndarray) -> None:
    path = save_dicom(NumberOfFrames="17")
    path.write_bytes(path.read_bytes().replace(b"IS\x02\x0017", b"IS\x02\x00xy"))
    assert alike(read_radiograph(path).pixels, film)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"Modality": "CT"}, "CT"),
        ({"Modality": "PR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1", "PixelData": None}, "PR"),
        ({"Modality": "SR", "PixelData": None}, "SR"),
        ({"Modality": "KO", "PixelData": None}, "KO"),
        ({"Modality": "OT", "SOPClassUID": PDF, "PixelData": None, "Rows": None}, "no image"),
        ({"Modality": None, "SOPClassUID": REPORT, "PixelData": None, "Rows": None}, "no image"),
        ({"NumberOfFrames": 2}, "several frames"),
    ],
)  # fmt: skip
def test_what_is_no_radiograph(save_dicom: Save, tags: dict[str, object], words: str) -> None:
    with pytest.raises(NotARadiograph, match=words):
        read_radiograph(save_dicom(**tags))


def test_the_directory_of_a_disc_is_no_radiograph() -> None:
    with pytest.raises(NotARadiograph, match="directory"):
        read_radiograph(Path(str(get_testdata_file("DICOMDIR", download=False))))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"PixelData": None}, "without pixel data"),
        ({"PixelData": b"\0" * 1000}, "cut short"),
        ({"Rows": None}, "rows or columns"),
        ({"Rows": 16, "Columns": 16}, "too small"),
        ({"Rows": 65535, "Columns": 65535}, "too large"),
    ],
)
def test_why_a_film_cannot_be_read(save_dicom: Save, tags: dict[str, object], words: str) -> None:
    with pytest.raises(UnreadableFilm, match=words):
        read_radiograph(save_dicom(PatientName=SECRET, **tags))


def test_a_small_file_does_not_become_a_large_film(save_dicom: Save) -> None:
    side = int(MOST_PIXELS**0.5) + 100
    frame = imagecodecs.jpegls_encode(np.zeros((side, side), np.uint8))
    assert len(frame) < 100_000
    small = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    for tags in ({"Rows": side, "Columns": side}, {"Rows": 400, "Columns": 500}):
        with pytest.raises(UnreadableFilm, match="too large"):
            read_radiograph(save_dicom(frame=frame, syntax=JPEGLSLossless, **small, **tags))


@pytest.mark.parametrize("kind", ["JPEG-LS", "JPEG 2000", "12-bit JPEG"])
def test_a_damaged_frame_is_said_in_one_line(save_dicom: Save, film: np.ndarray, kind: str) -> None:
    encode, syntax = ENCODED[kind]
    frame = encode(film)
    path = save_dicom(frame=frame[:60] + b"\xff" * 200, syntax=syntax, PatientName=SECRET, Modality="DX")
    with pytest.raises(UnreadableFilm) as failure:
        read_radiograph(path)
    assert "cannot be decoded" in str(failure.value)
    assert "\n" not in str(failure.value)


def test_no_message_quotes_the_header(save_dicom: Save) -> None:
    """Whatever byte of a header is damaged."""
    content = bytearray(save_dicom(PatientName=SECRET, ImagerPixelSpacing=[0.5, 0.5]).read_bytes())
    path = save_dicom().with_name("damaged.dcm")
    start = content.index(b"\x08\x00\x16\x00")
    end = content.index(b"\xe0\x7f\x10\x00")
    for place in range(start, end, 3):
        damaged = content.copy()
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            read_radiograph(path)
        except (UnreadableFilm, NotARadiograph) as failure:
            assert "SECRET" not in str(failure)
            assert "\n" not in str(failure)


def test_a_display_shutter_is_a_frame(save_dicom: Save, film: np.ndarray) -> None:
    edges = {
        "ShutterLeftVerticalEdge": 101,
        "ShutterRightVerticalEdge": 450,
        "ShutterUpperHorizontalEdge": 51,
        "ShutterLowerHorizontalEdge": 350,
    }
    found = read_radiograph(save_dicom(ShutterShape="RECTANGULAR", **edges))
    assert (found.pixels == film[50:350, 100:450]).all()
    everything = dict.fromkeys(edges, 1)
    assert (read_radiograph(save_dicom(ShutterShape="RECTANGULAR", **everything)).pixels == film).all()
    corners = [51, 101, 51, 450, 350, 450, 350, 101]
    polygon = read_radiograph(save_dicom(ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=corners))
    assert polygon.shape == (300, 350)


def test_a_real_film(chest_dicom: Path) -> None:
    found = read_radiograph(chest_dicom)
    assert found.shape == (1955, 1841)
    assert found.spacing is None  # the file says 0
    assert (found.view, found.implausible_spacing) == ("PA", False)
    assert found.on_file.is_as_stored


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("JPEG-lossy.dcm", id="12-bit JPEG"),
        pytest.param("SC_rgb_jpeg_gdcm.dcm", id="lossless JPEG"),
        pytest.param("MR_small_jpeg_ls_lossless.dcm", id="JPEG-LS"),
        pytest.param("JPEG2000.dcm", id="JPEG 2000"),
        pytest.param("MR_small_RLE.dcm", id="RLE"),
        pytest.param("SC_rgb_jpeg_dcmtk.dcm", id="JPEG"),
        pytest.param("MR_small_bigendian.dcm", id="big-endian"),
    ],
)
def test_compressions_by_other_programs(tmp_path: Path, name: str) -> None:
    dataset = pydicom.dcmread(str(get_testdata_file(name, download=False)))
    dataset.Modality = "DX"
    dataset.save_as(tmp_path / "film.dcm")
    assert np.unique(read_radiograph(tmp_path / "film.dcm").pixels).size > 5


def test_no_dicom_in_a_file_of_that_name(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    for content in (b"hello", bytes(200), b"\0" * 128 + b"DICM"):
        path.write_bytes(content)
        with pytest.raises((UnreadableFilm, NotARadiograph)) as failure:
            read_radiograph(path)
        assert str(failure.value)
    Dataset().save_as(path, implicit_vr=True, little_endian=True)
    with pytest.raises(UnreadableFilm, match="empty"):
        read_radiograph(path)
