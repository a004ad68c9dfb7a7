"""Which pixel spacing of a DICOM film is believed, and films whose pixels are not square."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from radcaliper.measurements.types import SpacingSource
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.pipelines.reading.file_frame import film_in_file_frame

Save = Callable[..., Path]
Tags = dict[str, object]


def spacing(path: Path, by_user: float | None = None) -> tuple[float, str] | None:
    found = read_radiograph(path, by_user).spacing
    if found is None:
        return None
    assert found.row_mm == found.col_mm
    return round(found.row_mm, 6), found.source.value


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, None),
        ({"PixelSpacing": [0.5, 0.5]}, (0.5, "header")),
        ({"ImagerPixelSpacing": [0.5, 0.5]}, (0.5, "detector")),
        ({"PixelSpacing": [0.5, 0.5], "ImagerPixelSpacing": [0.5, 0.5]}, (0.5, "detector")),
        ({"PixelSpacing": [0.4, 0.4], "ImagerPixelSpacing": [0.5, 0.5]}, (0.4, "calibrated")),
        ({"PixelSpacing": [0.5, 0.5], "PixelSpacingCalibrationType": "FIDUCIAL"}, (0.5, "calibrated")),
        (
            {"ImagerPixelSpacing": [0.5, 0.5], "EstimatedRadiographicMagnificationFactor": "1.25"},
            (0.4, "detector_over_magnification"),
        ),
        ({"ImagerPixelSpacing": [0.5, 0.5], "EstimatedRadiographicMagnificationFactor": "0"}, (0.5, "detector")),
        ({"ImagerPixelSpacing": [0.5, 0.5], "EstimatedRadiographicMagnificationFactor": "9"}, (0.5, "detector")),
        ({"NominalScannedPixelSpacing": [0.5, 0.5]}, (0.5, "header")),
    ],
)
def test_where_spacing_comes_from(save_dicom: Save, tags: Tags, expected: tuple[float, str] | None) -> None:
    assert spacing(save_dicom(**tags)) == expected


@pytest.mark.parametrize("value", [[0, 0], [1, 1], [-0.5, -0.5], "0.5", [0.5, 0.5, 0.5], ["", ""]], ids=str)
def test_a_placeholder_says_nothing(save_dicom: Save, value: object) -> None:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        found = read_radiograph(save_dicom(**{keyword: value}))
        assert (found.spacing, found.implausible_spacing) == (None, False)


def test_a_malformed_number_says_nothing(save_dicom: Save) -> None:
    path = save_dicom(PixelSpacing=[0.25, 0.25])
    path.write_bytes(path.read_bytes().replace(b"0.25\\0.25", b"0.2x\\0,25"))
    found = read_radiograph(path)
    assert (found.spacing, found.implausible_spacing) == (None, False)


@pytest.mark.parametrize(
    ("pixel", "imager", "expected"),
    [
        (1.0, 0.5, 0.5),  # a placeholder beside the detector's
        (0.6, 0.5, 0.5),  # a projection only magnifies
        (0.1, 0.5, 0.5),  # and not by five
        (99.0, 0.5, 0.5),
        (0.4, 99.0, None),  # the detector's is impossible, and what lies so far below it is not believed
    ],
)
def test_pixel_spacing_beside_the_detector_s(
    save_dicom: Save, pixel: float, imager: float, expected: float | None
) -> None:
    found = read_radiograph(save_dicom(PixelSpacing=[pixel] * 2, ImagerPixelSpacing=[imager] * 2))
    assert (found.spacing and found.spacing.row_mm) == expected
    assert found.implausible_spacing == (expected is None)


@pytest.mark.parametrize("pair", [[99, 99], [1e9, 1e9], [0.05, 0.05], [0.2, 1.9], [1e-5, 1e-5]])
def test_a_spacing_that_no_film_has(save_dicom: Save, pair: list[float]) -> None:
    found = read_radiograph(save_dicom(PixelSpacing=pair))
    assert (found.spacing, found.implausible_spacing, found.shape) == (None, True, (400, 500))


def test_the_user_s_spacing_comes_first(save_dicom: Save) -> None:
    assert spacing(save_dicom(PixelSpacing=[0.5, 0.5]), 0.4) == (0.4, "user")
    assert spacing(save_dicom(PixelSpacing=[99, 99]), 0.4) == (0.4, "user")
    absurd = read_radiograph(save_dicom(PixelSpacing=[0.5, 0.5]), 99)
    assert (absurd.spacing, absurd.implausible_spacing) == (None, True)


@pytest.mark.parametrize(
    ("tags", "side_mm"),
    [
        ({"ImagerPixelSpacing": [0.3, 0.6]}, 0.3),
        ({"PixelSpacing": [0.3, 0.6]}, 0.3),
        ({"PixelAspectRatio": ["1", "2"]}, None),
        ({"PixelAspectRatio": ["500", "1000"], "PixelSpacing": [0, 0]}, None),
        ({"PixelAspectRatio": ["1", "2"], "PixelSpacing": [99, 198]}, None),
    ],
)
def test_pixels_are_made_square(save_dicom: Save, film: np.ndarray, tags: Tags, side_mm: float | None) -> None:
    half = cv2.resize(film, (250, 400), interpolation=cv2.INTER_AREA)
    found = read_radiograph(save_dicom(half, **tags))
    assert found.shape == film.shape
    assert np.abs(found.pixels - film)[:, 2:-2].max() < 15
    assert found.spacing is None or found.spacing.row_mm == found.spacing.col_mm == pytest.approx(side_mm)
    assert (found.spacing is None) == (side_mm is None)
    stored = film_in_file_frame(found)
    assert stored.shape == half.shape
    if stored.spacing is not None:
        assert (stored.spacing.row_mm, stored.spacing.col_mm) == pytest.approx((0.3, 0.6))


def test_turned_pixels_are_made_square(save_dicom: Save, film: np.ndarray) -> None:
    half = cv2.resize(film, (250, 400), interpolation=cv2.INTER_AREA)
    stored = np.ascontiguousarray(np.rot90(half))
    found = read_radiograph(save_dicom(stored, ImagerPixelSpacing=[0.6, 0.3], PatientOrientation=["F", "R"]))
    assert found.shape == film.shape
    assert np.abs(found.pixels - film)[:, 2:-2].max() < 15
    back = film_in_file_frame(found)
    assert back.spacing is not None
    assert (back.spacing.row_mm, back.spacing.col_mm) == pytest.approx((0.6, 0.3))
    assert np.abs(back.pixels - stored)[2:-2].max() < 15


@pytest.mark.parametrize("ratio", [["0", "0"], ["1", "1"], ["1", "10"], ["-1", "2"], ["1"]])
def test_an_aspect_that_is_none_says_nothing(save_dicom: Save, ratio: list[str]) -> None:
    assert read_radiograph(save_dicom(PixelAspectRatio=ratio)).shape == (400, 500)


def test_a_user_s_spacing_keeps_the_file_s_aspect(save_dicom: Save, film: np.ndarray) -> None:
    half = cv2.resize(film, (250, 400), interpolation=cv2.INTER_AREA)
    found = read_radiograph(save_dicom(half, ImagerPixelSpacing=[0.3, 0.6]), 0.25)
    assert found.shape == film.shape
    assert found.spacing is not None
    assert (found.spacing.row_mm, found.spacing.source) == (0.25, SpacingSource.USER)


def test_nearly_square_pixels_stay_as_they_are(save_dicom: Save) -> None:
    found = read_radiograph(save_dicom(PixelSpacing=[0.3, 0.30001]))
    assert found.shape == (400, 500)
    assert found.on_file.is_as_stored
