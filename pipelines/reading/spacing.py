"""Pixel spacing of a DICOM film, with its provenance (DICOM PS3.3 10.7)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import Final

from pydicom.dataset import Dataset

from radcaliper.measurements.types import PixelSpacing, SpacingSource
from radcaliper.pipelines.reading.header import number, numbers, text
from radcaliper.pipelines.reading.possible_spacing import Pair, is_possible, is_stretched_too_far

_MOST_MAGNIFIED: Final = 3.0
_PLACEHOLDER: Final = (1.0, 1.0)
"""What programs write that know no spacing."""


@dataclass(frozen=True)
class Spacing:
    """The spacing that is believed, None for none; ``implausible`` where the file gave only such as no film has."""

    believed: PixelSpacing | None
    implausible: bool = False


def pair_of(dataset: Dataset, keyword: str) -> Pair | None:
    """Two numbers above zero; None where either is missing, malformed, zero, negative or not finite."""
    values = numbers(dataset, keyword)
    return (values[0], values[1]) if len(values) == 2 and min(values) > 0 else None


def _spacing_pair(dataset: Dataset, keyword: str) -> Pair | None:
    pair = pair_of(dataset, keyword)
    return None if pair == _PLACEHOLDER else pair


def _magnification(dataset: Dataset) -> float | None:
    factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
    return factor if factor is not None and 1.0 <= factor <= _MOST_MAGNIFIED else None


def _same(a: Pair, b: Pair) -> bool:
    return all(isclose(x, y, rel_tol=1e-3) for x, y in zip(a, b, strict=True))


def _in_patient(pixel: Pair, imager: Pair) -> bool:
    """Whether a spacing in the patient agrees with the detector's: a projection only magnifies."""
    return all(1 - 1e-3 <= at_detector / own <= _MOST_MAGNIFIED for own, at_detector in zip(pixel, imager, strict=True))


def _candidates(dataset: Dataset) -> list[PixelSpacing]:
    """All spacings that the file gives, the best first."""
    pixel, imager = _spacing_pair(dataset, "PixelSpacing"), _spacing_pair(dataset, "ImagerPixelSpacing")
    calibrated = text(dataset, "PixelSpacingCalibrationType") in ("FIDUCIAL", "GEOMETRY")
    found = []
    if pixel and (
        (imager is None and calibrated)
        or (imager and _in_patient(pixel, imager) and (calibrated or not _same(pixel, imager)))
    ):
        found.append(PixelSpacing(*pixel, SpacingSource.CALIBRATED))
    if imager:
        factor = _magnification(dataset)
        source = SpacingSource.DETECTOR if factor is None else SpacingSource.DETECTOR_OVER_MAGNIFICATION
        found.append(PixelSpacing(imager[0] / (factor or 1.0), imager[1] / (factor or 1.0), source))
    alone = pixel or _spacing_pair(dataset, "NominalScannedPixelSpacing")
    if alone and not found:
        found.append(PixelSpacing(*alone, SpacingSource.HEADER))
    return found


def dicom_spacing(dataset: Dataset, shape: tuple[int, int]) -> Spacing:
    """The best spacing that the file gives for a film of ``shape`` (rows, columns), if any film can have it.

    PixelSpacing that was calibrated (its type says so, or it is smaller than ImagerPixelSpacing) comes first, then the
    detector's, over the estimated magnification where there is one, then PixelSpacing alone, then what a film
    digitiser wrote. A PixelSpacing above the detector's is not believed, nor is 1 by 1, written where nothing is known.
    """
    candidates = _candidates(dataset)
    possible = [each for each in candidates if is_possible((each.row_mm, each.col_mm), shape)]
    return Spacing(possible[0] if possible else None, bool(candidates) and not possible)


def dicom_aspect(dataset: Dataset) -> float:
    """A pixel's height over its width by PixelAspectRatio; 1 where it says nothing that a film can have."""
    pair = pair_of(dataset, "PixelAspectRatio")
    return 1.0 if pair is None or is_stretched_too_far(*pair) else pair[0] / pair[1]
