"""From stored values to greys: windows, lookup tables, padding, signs, and headers that are wrong about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from radcaliper.pipelines.reading import read_radiograph

Save = Callable[..., Path]


def pixels(path: Path) -> np.ndarray:
    return read_radiograph(path).pixels


def alike(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the greys are the same but for contrast and brightness."""
    return found.shape == expected.shape and float(np.corrcoef(found.ravel(), expected.ravel())[0, 1]) > 0.99999


def test_photometric_interpretation(save_dicom: Save, film: np.ndarray) -> None:
    assert alike(pixels(save_dicom()), film)
    assert alike(-pixels(save_dicom(PhotometricInterpretation="MONOCHROME1")), film)
    assert alike(-pixels(save_dicom(PresentationLUTShape="INVERSE")), film)
    assert alike(pixels(save_dicom(PhotometricInterpretation=None)), film)


@pytest.mark.parametrize(
    ("slope", "intercept"),
    [
        ("2", "-100"),
        ("", ""),
        (None, None),
        ("0", "5"),
        ("nan", "1"),
        ("1e-2", "5000"),
        ("1e-9", "7"),
        ("0.01", "-5e6"),
    ],
)
def test_rescaling_changes_no_grey(
    save_dicom: Save, film: np.ndarray, slope: str | None, intercept: str | None
) -> None:
    tags = {"RescaleSlope": slope, "RescaleIntercept": intercept} if slope is not None else {}
    found = pixels(save_dicom(**tags))
    assert alike(found, film)
    assert len(np.unique(found)) == len(np.unique(film))


def test_a_falling_slope_turns_the_film(save_dicom: Save, film: np.ndarray) -> None:
    assert alike(-pixels(save_dicom(RescaleSlope="-1", RescaleIntercept="4095")), film)
    both = save_dicom(RescaleSlope="-1", RescaleIntercept="4095", PhotometricInterpretation="MONOCHROME1")
    assert alike(pixels(both), film)


@pytest.mark.parametrize("slope", [1.0, 0.01, -0.5])
@pytest.mark.parametrize("function", ["", "LINEAR", "LINEAR_EXACT"])
def test_a_window_that_shows_the_film_is_used(save_dicom: Save, film: np.ndarray, slope: float, function: str) -> None:
    """Its ends are given in the modality's units."""
    low, high = np.percentile(film, (5, 95))
    centre, width = (low + high) / 2 * slope + 300, (high - low) * abs(slope)
    tags = {"RescaleSlope": slope, "RescaleIntercept": 300, "WindowCenter": centre, "WindowWidth": width}
    found = pixels(save_dicom(**tags, VOILUTFunction=function) if function else save_dicom(**tags))
    expected = np.clip(film, low, high).astype(float)
    tolerance = 0.9999 if function == "LINEAR_EXACT" or abs(slope) == 1 else 0.995
    assert np.corrcoef(found.ravel() * np.sign(slope), expected.ravel())[0, 1] > tolerance
    assert (found == found.min()).mean() == pytest.approx(0.05, abs=0.02)


def test_a_sigmoid_rises(save_dicom: Save, film: np.ndarray) -> None:
    found = pixels(save_dicom(WindowCenter=1800, WindowWidth=1800, VOILUTFunction="SIGMOID"))
    assert alike(found, 1 / (1 + np.exp(-4 * (film.astype(float) - 1800) / 1800)))


@pytest.mark.parametrize(
    ("centre", "width"),
    [
        (60000, 10),  # beside the film
        (-60000, 10),
        (700, 200),  # the darkest tenth
        (2900, 300),  # the brightest
        (1500, 1),
        (1500, 0),
        (1500, -20),
        (1500, 1e8),  # shows the film in one grey
        ("", ""),
    ],
)
def test_a_window_that_does_not_is_not(save_dicom: Save, film: np.ndarray, centre: object, width: object) -> None:
    assert alike(pixels(save_dicom(WindowCenter=centre, WindowWidth=width)), film)


def test_a_malformed_window_is_not_used(save_dicom: Save, film: np.ndarray) -> None:
    path = save_dicom(WindowCenter="1700.25", WindowWidth="200")
    path.write_bytes(path.read_bytes().replace(b"1700.25", b"17oo,25"))
    assert alike(pixels(path), film)


def test_the_first_window_that_shows_the_film_is_used(save_dicom: Save, film: np.ndarray) -> None:
    found = pixels(save_dicom(WindowCenter=[60000, 2000, 5], WindowWidth=[10, 2001, 1]))
    assert alike(found, np.clip(film, 1000, 3000))


def test_what_the_file_clipped_itself_is_no_fault_of_a_window(save_dicom: Save, film: np.ndarray) -> None:
    clipped = np.maximum(film, 1700).astype(np.uint16)
    found = pixels(save_dicom(clipped, WindowCenter=2150, WindowWidth=900))
    assert found.max() == 1.0


def lut(entries: np.ndarray, first: int = 0, bits: int = 16, count: int | None = None) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536 if count is None else count, first, bits])
    item.add_new("LUTData", "OW", entries.tobytes())
    return item


def test_voi_lut(save_dicom: Save, film: np.ndarray) -> None:
    falling = np.arange(4095, -1, -1, dtype=np.uint16)
    assert alike(-pixels(save_dicom(VOILUTSequence=[lut(falling)])), film)
    first = np.arange(3000, dtype=np.uint16)
    assert alike(pixels(save_dicom(VOILUTSequence=[lut(first, first=500)])), np.clip(film, 500, 3500))
    bytewise = np.repeat(np.arange(256, dtype=np.uint8), 16)
    assert np.corrcoef(pixels(save_dicom(VOILUTSequence=[lut(bytewise, bits=8)])).ravel(), film.ravel())[0, 1] > 0.999
    signed = lut(np.arange(4096, dtype=np.uint16), first=63488)
    assert alike(pixels(save_dicom((film.astype(np.int16) - 2048), VOILUTSequence=[signed])), film)


@pytest.mark.parametrize(
    "broken",
    [
        lut(np.arange(2048, dtype=np.uint16), count=4096),
        lut(np.full(4096, 7, np.uint16)),
        lut(np.zeros(0, np.uint16), count=4096),
        Dataset(),
        lut(np.arange(100, dtype=np.uint16)),  # clips the film to one end
    ],
)
def test_a_broken_lut_is_left_out(save_dicom: Save, film: np.ndarray, broken: Dataset) -> None:
    assert alike(pixels(save_dicom(VOILUTSequence=[broken])), film)
    assert alike(
        pixels(save_dicom(VOILUTSequence=[broken], WindowCenter=2000, WindowWidth=2001)), np.clip(film, 1000, 3000)
    )


def test_modality_lut(save_dicom: Save, film: np.ndarray) -> None:
    falling = lut(np.arange(4095, -1, -1, dtype=np.uint16))
    assert alike(-pixels(save_dicom(ModalityLUTSequence=[falling])), film)
    broken = lut(np.arange(2048, dtype=np.uint16), count=4096)
    assert alike(pixels(save_dicom(ModalityLUTSequence=[broken])), film)


def framed(film: np.ndarray, padding: int) -> np.ndarray:
    stored = np.full((500, 600), padding, film.dtype)
    stored[50:450, 50:550] = film
    return stored


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("value", [4095, 0])
def test_padding_is_no_part_of_the_film(save_dicom: Save, film: np.ndarray, photometric: str, value: int) -> None:
    path = save_dicom(framed(film, value), PixelPaddingValue=value, PhotometricInterpretation=photometric)
    sign = -1 if photometric == "MONOCHROME1" else 1
    assert alike(sign * pixels(path), film)


@pytest.mark.parametrize("value", [-32768, 32768], ids=["signed", "unsigned"])
def test_padding_in_either_representation(save_dicom: Save, film: np.ndarray, value: int) -> None:
    stored = framed(film.astype(np.int16) - 2000, -32768)
    path = save_dicom(stored, BitsStored=16, HighBit=15)
    kind = "<i2" if value < 0 else "<u2"
    element = b"\x28\x00\x20\x01" + (b"SS" if value < 0 else b"US") + b"\x02\x00" + np.array(value, kind).tobytes()
    content = path.read_bytes()
    place = content.index(b"\xe0\x7f\x10\x00")
    path.write_bytes(content[:place] + element + content[place:])
    assert alike(pixels(path), film)


def test_padding_of_a_range(save_dicom: Save, film: np.ndarray) -> None:
    stored = framed(film, 4000)
    stored[:25] = 4095
    path = save_dicom(stored, PixelPaddingValue=4000, PixelPaddingRangeLimit=4095)
    assert alike(pixels(path), film)


def test_the_padding_value_inside_the_film_is_a_grey(save_dicom: Save, film: np.ndarray) -> None:
    stored = film.copy()
    stored[100:300, 100:300] = 4000
    assert (pixels(save_dicom(stored, PixelPaddingValue=4000))[100:300, 100:300] == 4000).all()


def test_bits_above_the_film_s_may_hold_an_overlay(save_dicom: Save, film: np.ndarray) -> None:
    stored = film | (np.arange(500, dtype=np.uint16) % 7 == 0).astype(np.uint16) << 15
    path = save_dicom(stored)
    import pydicom

    dataset = pydicom.dcmread(path)
    dataset.add_new((0x6000, 0x0100), "US", 16)
    dataset.add_new((0x6000, 0x0102), "US", 15)
    dataset.save_as(path)
    assert alike(pixels(path), film)


def test_values_beyond_the_bits_that_the_header_counts(save_dicom: Save, film: np.ndarray) -> None:
    assert alike(pixels(save_dicom(BitsStored=8, HighBit=7)), film)


def test_high_bit(save_dicom: Save, film: np.ndarray) -> None:
    assert alike(pixels(save_dicom(film << 4, HighBit=15)), film)


@pytest.mark.parametrize("bits", [12, 16])
def test_signed_values(save_dicom: Save, film: np.ndarray, bits: int) -> None:
    stored = film.astype(np.int16) - 2000
    assert alike(pixels(save_dicom(stored, BitsStored=bits, HighBit=bits - 1)), film)
    without_sign = (stored & 0xFFF).astype(np.uint16)
    assert alike(pixels(save_dicom(without_sign, PixelRepresentation=1)), film)


def test_float_pixel_data_without_outliers(save_dicom: Save, film: np.ndarray) -> None:
    values = film.astype(np.float32)
    values[10, 10], values[20, 30], values[5, 5] = 3e38, -3e38, np.nan
    path = save_dicom(values, PixelData=None, FloatPixelData=values.tobytes(), BitsAllocated=32)
    found = pixels(path)
    assert np.isfinite(found).all()
    found[[10, 20, 5], [10, 30, 5]] = np.median(found)
    assert np.corrcoef(found.ravel(), film.ravel())[0, 1] > 0.999
