"""DICOM radiographs: CR, DX, RF and secondary captures."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_color_lut
from pydicom.uid import UID

from radcaliper.measurements.types import Projection
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.grey import checked, grey_of
from radcaliper.pipelines.reading.header import MALFORMED, items, number, numbers, text, texts, value, whole_number
from radcaliper.pipelines.reading.jpeg12 import register
from radcaliper.pipelines.reading.lookup import lookup_table
from radcaliper.pipelines.reading.orientation import Directions, Turn, directions, directions_of_vectors
from radcaliper.pipelines.reading.pixel_data import FLOATS, complete, is_padding, stored_values
from radcaliper.pipelines.reading.shutter import hidden_by_shutter
from radcaliper.pipelines.reading.spacing import dicom_aspect, dicom_spacing
from radcaliper.pipelines.reading.stored import StoredFilm
from radcaliper.pipelines.reading.views import view_of
from radcaliper.pipelines.reading.voi import Rescale, shown

_SECTIONAL: Final = {"CT", "MR", "US", "PT", "NM", "OCT", "IVUS", "OPT", "OP", "ES", "SM", "XC", "EC"}
_NO_IMAGES: Final = {"PR", "KO", "SR", "DOC", "SEG", "REG", "RTSTRUCT", "RTDOSE", "RTPLAN", "RTRECORD", "ECG", "HD"}
_DIRECTORY: Final = "1.2.840.10008.1.3.10"
_PIXELS: Final = ("PixelData", *FLOATS)

register()


def read_dataset(path: Path, header_only: bool = False) -> Dataset:
    """The file's dataset, with or without its pixels; a file without the preamble is read as well.

    Raises UnreadableFilm.
    """
    try:
        return pydicom.dcmread(path, stop_before_pixels=header_only)
    except InvalidDicomError:
        pass  # no preamble: some archives leave it out
    except (*MALFORMED, EOFError, RecursionError) as error:
        raise UnreadableFilm("damaged DICOM: its elements cannot be read") from error
    try:
        dataset = pydicom.dcmread(path, force=True, stop_before_pixels=header_only)
    except (*MALFORMED, EOFError, RecursionError) as error:
        raise UnreadableFilm("not a DICOM file") from error
    if not any(keyword in dataset for keyword in ("SOPClassUID", "Modality", "Rows", *_PIXELS)):
        raise UnreadableFilm("not a DICOM file")
    return dataset


def _sop_class(dataset: Dataset) -> UID:
    meta = getattr(dataset, "file_meta", None)
    return UID(str(value(dataset, "SOPClassUID") or (meta and value(meta, "MediaStorageSOPClassUID")) or ""))


def _refuse_what_is_no_film(dataset: Dataset) -> None:
    kind = _sop_class(dataset)
    modality = text(dataset, "Modality")
    if kind == _DIRECTORY or "DirectoryRecordSequence" in dataset:
        raise NotARadiograph("a DICOM directory, no image")
    if modality in _SECTIONAL | _NO_IMAGES:
        raise NotARadiograph(f"modality {modality}: only radiographs are measured")
    if not any(keyword in dataset for keyword in _PIXELS):
        if "Image Storage" in kind.name or "Rows" in dataset:
            raise UnreadableFilm("DICOM image without pixel data")
        raise NotARadiograph("a DICOM object that holds no image")
    if (whole_number(dataset, "NumberOfFrames") or 1) > 1:
        raise NotARadiograph("several frames: only single radiographs are measured")


def _rescale(dataset: Dataset) -> Rescale:
    """The modality's slope and intercept; 1 and 0 where they are missing or malformed."""
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    return Rescale(slope or 1.0, intercept or 0.0)


def _modality_values(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Stored values through the modality's lookup table, if there is one that is not broken."""
    for item in items(dataset, "ModalityLUTSequence"):
        table = lookup_table(item, bool(dataset.PixelRepresentation))
        if table is not None:
            return table(stored)
    return stored


def _darkened(bright: NDArray[Any], hidden: NDArray[np.bool_] | None) -> NDArray[Any]:
    """The film with what is hidden at its darkest."""
    if hidden is None or hidden.all():
        return bright
    return np.where(hidden, bright[~hidden].min(), bright)


def _monochrome(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Stored values as they are shown, bone bright; what is padding is darkest."""
    padding = is_padding(stored, dataset)
    values = _modality_values(stored, dataset)
    rescale = _rescale(dataset) if values is stored else Rescale()
    inverse = (text(dataset, "PhotometricInterpretation") == "MONOCHROME1") != (
        text(dataset, "PresentationLUTShape") == "INVERSE"
        and text(dataset, "PhotometricInterpretation") != "MONOCHROME1"
    )
    film = values if padding is None else np.where(padding, values[~padding].min() if not padding.all() else 0, values)
    windowed = shown(film, dataset, rescale, inverse)
    if windowed is not None:
        bright = -windowed if inverse else windowed
    else:
        falling = inverse != (rescale.slope < 0)
        bright = np.subtract(film.max(), film, dtype=np.float64) if falling else film
    return _darkened(bright, padding)


def _coloured(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    if text(dataset, "PhotometricInterpretation") == "PALETTE COLOR":
        try:
            stored = apply_color_lut(stored, dataset)
        except MALFORMED:  # a broken palette is left out
            return stored
    return grey_of(stored)


def _pixels(dataset: Dataset) -> NDArray[np.float32]:
    stored = stored_values(dataset)
    if stored.ndim == 2 and text(dataset, "PhotometricInterpretation") != "PALETTE COLOR":
        pixels = _monochrome(stored, dataset)
    else:
        pixels = _coloured(stored, dataset)
    return checked(_darkened(pixels, hidden_by_shutter(dataset, pixels.shape)))


def _directions(dataset: Dataset) -> Directions | None:
    """Where rows and columns lead, by PatientOrientation, else by ImageOrientationPatient; None where neither says it.

    An axial plane says nothing of a projection: it is what converters write that know no orientation.
    """
    if text(dataset, "AnatomicalOrientationType") == "QUADRUPED":
        return None
    letters, cosines = texts(dataset, "PatientOrientation"), numbers(dataset, "ImageOrientationPatient")
    by_letters = directions(*letters) if len(letters) == 2 else None
    by_cosines = directions_of_vectors(cosines[:3], cosines[3:]) if len(cosines) == 6 else None
    found = by_letters or by_cosines
    return found if found is not None and found.projection is not None else None


def _laterality(dataset: Dataset) -> str:
    found = (text(dataset, keyword) for keyword in ("ImageLaterality", "Laterality"))
    return next((side for side in found if side in ("R", "L")), "")


def _film(dataset: Dataset) -> StoredFilm:
    _refuse_what_is_no_film(dataset)
    complete(dataset)
    pixels, lie = _pixels(dataset), _directions(dataset)
    spacing = dicom_spacing(dataset, pixels.shape)
    view, projection = view_of(dataset)
    lateral = lie is not None and lie.projection is Projection.LATERAL
    return StoredFilm(
        pixels,
        spacing.believed,
        dicom_aspect(dataset),
        Turn() if lie is None else lie.turn(),
        view,
        _laterality(dataset),
        Projection.LATERAL if lateral and projection is not Projection.OBLIQUE else projection,
        sides_tagged=lie is not None and not lateral,
        implausible_spacing=spacing.implausible,
        burned_in=text(dataset, "BurnedInAnnotation") == "YES",
    )


def read_dicom(path: Path) -> StoredFilm:
    """One film, bone bright as far as the file says; UnreadableFilm or NotARadiograph with one clear line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # malformed values that do not keep the film from being read
        dataset = read_dataset(path)
        try:
            return _film(dataset)
        except (UnreadableFilm, NotARadiograph):
            raise
        except (*MALFORMED, EOFError) as error:  # values that the standard does not allow
            raise UnreadableFilm("malformed DICOM: its header contradicts its pixel data") from error
