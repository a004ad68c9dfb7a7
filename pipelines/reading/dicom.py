"""DICOM radiographs: CR, DX, RF and secondary captures."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_modality_lut, apply_voi_lut, pixel_array

from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.reading.cause import cause_of
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.jpeg12 import register
from radcaliper.pipelines.reading.spacing import dicom_spacing

_SECTIONAL: Final = {"CT", "MR", "US", "PT", "NM", "OCT", "IVUS", "OPT", "OP", "ES", "SM", "XC"}
_LEAST_SHOWN: Final = 0.02
"""A window that leaves less than this share of the pixels between its ends shows nothing: it is not used."""

register()


def _dataset(path: Path) -> Dataset:
    """The file's dataset; a file without the preamble is taken only if it holds an image."""
    try:
        return pydicom.dcmread(path)
    except InvalidDicomError:
        pass  # no preamble: some archives leave it out
    try:
        dataset = pydicom.dcmread(path, force=True)
    except Exception as error:
        raise UnreadableFilm("not a DICOM file") from error
    if "Rows" not in dataset or "PixelData" not in dataset:
        raise UnreadableFilm("not a DICOM file")
    return dataset


def _refuse_what_is_no_film(dataset: Dataset) -> None:
    if "PixelData" not in dataset:
        raise UnreadableFilm("DICOM without pixel data")
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        raise NotARadiograph(f"{frames} frames: only single radiographs are measured")
    modality = str(dataset.get("Modality") or "")
    if modality in _SECTIONAL:
        raise NotARadiograph(f"modality {modality}: only radiographs are measured")


def _values(dataset: Dataset) -> Iterator[str]:
    """The words that the header holds, none of which is to be repeated; those of the pixel data are left out."""
    for element in dataset.values():
        value = element.value
        words = value[:1024].decode("latin-1") if isinstance(value, bytes) else str(value)
        yield from (word.strip("\0 ") for word in words.split("\\"))


def _decoded(dataset: Dataset) -> NDArray[Any]:
    try:
        return pixel_array(dataset)
    except Exception as error:
        syntax = getattr(dataset.file_meta, "TransferSyntaxUID", None) if hasattr(dataset, "file_meta") else None
        name = syntax.name if syntax is not None and syntax.is_transfer_syntax else "unknown encoding"
        raise UnreadableFilm(f"pixel data ({name}) cannot be decoded: {cause_of(error, _values(dataset))}") from error


def _without_padding(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.bool_]:
    """Where the film has pixels: everywhere but at the padding value."""
    padding = dataset.get("PixelPaddingValue")
    return np.ones(stored.shape, bool) if padding is None else stored != int(padding)


def _shown(values: NDArray[Any], dataset: Dataset) -> NDArray[np.float64]:
    """Values through the VOI LUT or window, unless the file gives none or one that shows nothing."""
    if not ("VOILUTSequence" in dataset or ("WindowWidth" in dataset and "WindowCenter" in dataset)):
        return np.asarray(values, dtype=np.float64)
    try:
        windowed = np.asarray(apply_voi_lut(values, dataset), dtype=np.float64)
    except (ValueError, TypeError, KeyError, NotImplementedError, IndexError):  # a malformed window: show all there is
        return np.asarray(values, dtype=np.float64)
    inside = (windowed > windowed.min()) & (windowed < windowed.max())
    return windowed if inside.mean() > _LEAST_SHOWN else np.asarray(values, dtype=np.float64)


def _monochrome(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.float32]:
    present = _without_padding(stored, dataset)
    shown = _shown(apply_modality_lut(stored, dataset), dataset)
    high_is_dark = (
        str(dataset.PhotometricInterpretation) == "MONOCHROME1"
        or str(dataset.get("PresentationLUTShape") or "") == "INVERSE"
    )
    bright = -shown if high_is_dark else shown
    if present.any() and not present.all():
        bright = np.where(present, bright, bright[present].min())
    return np.asarray(bright, dtype=np.float32)


def _coloured(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.float32]:
    if str(dataset.PhotometricInterpretation) == "PALETTE COLOR":
        stored = pydicom.pixels.apply_color_lut(stored, dataset)
    return grey_of(stored)


def _film(dataset: Dataset, source: str) -> Radiograph:
    _refuse_what_is_no_film(dataset)
    stored = _decoded(dataset)
    monochrome = str(dataset.get("PhotometricInterpretation") or "") in ("MONOCHROME1", "MONOCHROME2")
    pixels = _monochrome(stored, dataset) if monochrome else _coloured(stored, dataset)
    return Radiograph(
        checked(pixels),
        dicom_spacing(dataset),
        str(dataset.get("ViewPosition") or ""),
        str(dataset.get("ImageLaterality") or dataset.get("Laterality") or ""),
        source,
    )


def read_dicom(path: Path) -> Radiograph:
    """One film, bone bright as far as the file says; UnreadableFilm or NotARadiograph with one clear line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # malformed values that do not keep the film from being read
        dataset = _dataset(path)
        try:
            return _film(dataset, path.name)
        except (UnreadableFilm, NotARadiograph):
            raise
        except (ValueError, TypeError, AttributeError) as error:  # values that the standard does not allow
            raise UnreadableFilm(f"malformed DICOM: {cause_of(error, _values(dataset))}") from error
