"""Whose film a DICOM file says it is, for pseudonyms alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pydicom
from pydicom.errors import InvalidDicomError

from radcaliper.pipelines.reading.header import MALFORMED, text
from radcaliper.pipelines.reading.kinds import is_dicom

_PATIENT: Final = ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate")


def patient_of(path: Path) -> str:
    """What a DICOM file says of whose it is, for hashing alone; empty where it says nothing, or is no DICOM.

    The patient's number with its issuer; name and date of birth where there is no number.
    """
    try:
        if not is_dicom(path):
            return ""
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_PATIENT), force=True)
    except (*MALFORMED, InvalidDicomError, EOFError, OSError, RecursionError):
        return ""
    number, issuer, name, born = (text(header, keyword) for keyword in _PATIENT)
    if number:
        return f"number {number} of {issuer}"
    return f"name {name} born {born}" if name else ""
