"""Pixel spacing of a DICOM film, with its provenance (DICOM PS3.3 10.7)."""

from __future__ import annotations

from math import isclose, isfinite

from pydicom.dataset import Dataset

from radcaliper.measurements.types import PixelSpacing, SpacingSource

_Pair = tuple[float, float]


def _pair(dataset: Dataset, keyword: str) -> _Pair | None:
    """Row and column spacing in mm; None where either is missing, zero, negative or not finite."""
    value = dataset.get(keyword)
    if value is None or isinstance(value, (str, float)) or len(value) != 2:
        return None
    try:
        row, col = float(value[0]), float(value[1])
    except (TypeError, ValueError):  # an empty or malformed value says nothing
        return None
    return (row, col) if all(isfinite(side) and side > 0 for side in (row, col)) else None


def _magnification(dataset: Dataset) -> float | None:
    value = dataset.get("EstimatedRadiographicMagnificationFactor")
    try:
        factor = float(value) if value is not None else 0.0
    except (TypeError, ValueError):  # as above
        return None
    return factor if 1.0 <= factor <= 3.0 else None


def _same(a: _Pair, b: _Pair) -> bool:
    return all(isclose(x, y, rel_tol=1e-3) for x, y in zip(a, b, strict=True))


def _at_detector(imager: _Pair, dataset: Dataset) -> PixelSpacing:
    factor = _magnification(dataset)
    if factor is None:
        return PixelSpacing(*imager, SpacingSource.DETECTOR)
    return PixelSpacing(imager[0] / factor, imager[1] / factor, SpacingSource.DETECTOR_OVER_MAGNIFICATION)


def dicom_spacing(dataset: Dataset) -> PixelSpacing | None:
    """The best spacing that the file gives.

    PixelSpacing that was calibrated (its type says so, or it differs from ImagerPixelSpacing) comes first, then the
    detector's, over the estimated magnification where there is one, then PixelSpacing alone, then what a film
    digitiser wrote. None where nothing valid is said.
    """
    pixel, imager = _pair(dataset, "PixelSpacing"), _pair(dataset, "ImagerPixelSpacing")
    calibrated = str(dataset.get("PixelSpacingCalibrationType") or "") in ("FIDUCIAL", "GEOMETRY")
    if pixel is not None and (calibrated or (imager is not None and not _same(pixel, imager))):
        return PixelSpacing(*pixel, SpacingSource.CALIBRATED)
    if imager is not None:
        return _at_detector(imager, dataset)
    scanned = pixel or _pair(dataset, "NominalScannedPixelSpacing")
    return None if scanned is None else PixelSpacing(*scanned, SpacingSource.HEADER)
