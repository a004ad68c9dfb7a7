"""What a DICOM object that is written about a film takes over from it: the identities of patient and study."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from pydicom.config import RAISE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pydicom.valuerep import validate_value

from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, is_dicom
from radcaliper.pipelines.reading.dicom import read_dataset
from radcaliper.pipelines.reading.header import MALFORMED, value

_REFERRED_TO: Final = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Rows", "Columns")
"""Without these nothing can refer to the film."""
_MAY_BE_EMPTY: Final = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientOrientation",
    "Modality",
)
"""These are written in any case, empty where the film's header does not have them."""
_KEPT_AS_THEY_ARE: Final = ("PatientName", "PatientID")
"""These are taken over whatever they hold: they say whose film it is."""
UTF_8: Final = "ISO_IR 192"


class NotEncodable(ValueError):
    """No DICOM object can be written about a film; the message is one line that quotes no header."""


def _is_valid(element: DataElement) -> bool:
    try:
        validate_value(element.VR, element.value, RAISE)
    except MALFORMED:
        return False
    return element.keyword != "PatientSex" or element.value in ("", "M", "F", "O")


def _without_invalid(header: Dataset) -> Dataset:
    """The header without those of the values to take over that the standard does not allow, as an age of ``62``."""
    for keyword in [*_MAY_BE_EMPTY, *(element.keyword for element in header.group_dataset(0x0010))]:
        if keyword in header and keyword not in _KEPT_AS_THEY_ARE and not _is_valid(header[keyword]):
            del header[keyword]
    return header


def source_of(film: Path) -> Dataset:
    """The header of a DICOM film, complete as far as an object that refers to it needs it.

    Raises NotEncodable for a film that is no DICOM, or whose header does not say which one it is.
    """
    try:
        if not is_dicom(film):
            raise NotEncodable("the film is not a DICOM file")
        header = read_dataset(film, header_only=True)
    except (OSError, UnreadableFilm, NotARadiograph) as error:
        raise NotEncodable("the film cannot be read") from error
    missing = next((keyword for keyword in _REFERRED_TO if value(header, keyword) is None), None)
    if missing is not None:
        raise NotEncodable(f"the film's header has no {missing}")
    _without_invalid(header)
    for keyword in _MAY_BE_EMPTY:
        if value(header, keyword) is None:
            setattr(header, keyword, "")
    return header


@contextmanager
def encoding() -> Iterator[None]:
    """Within, warnings about the film's own oddities, which may quote its header, are not given.

    Raises NotEncodable where the header holds what cannot be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except MALFORMED as error:
            raise NotEncodable("the film's header holds values that cannot be taken over") from error


def uid_of(*facts: object) -> UID:
    """A UID that follows from the facts: the same results are the same object, wherever they are written."""
    return UID(f"2.25.{uuid5(NAMESPACE_URL, 'radcaliper:' + json.dumps(facts, default=str)).int}")
