"""DICOMDIR: the files that a DICOM directory refers to."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAME: Final = "DICOMDIR"
_IMAGE: Final = "IMAGE"


def is_directory(path: Path) -> bool:
    """Whether a file is called a DICOM directory, and is there."""
    return path.name.upper() == _NAME and path.is_file()


def _file(folder: Path, parts: list[str]) -> Path | None:
    """The file at a place below a folder, whose name may be written in other letters; None where it is not below."""
    place = folder
    for part in parts:
        if part in ("", ".", "..") or "/" in part or "\\" in part:
            return None
        place = next((place / each for each in (part, part.lower()) if (place / each).exists()), place / part)
    return place


def referenced_files(path: Path) -> Iterator[tuple[str, Path]]:
    """The images of a DICOMDIR: the place below its folder as it is written there, and the file.

    A DICOMDIR that cannot be read is given back itself: whoever reads it says what is wrong.
    """
    from pydicom import dcmread  # seldom needed
    from pydicom.errors import InvalidDicomError

    from radcaliper.pipelines.reading.header import MALFORMED

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            records = list(dcmread(path).get("DirectoryRecordSequence") or [])
    except (*MALFORMED, InvalidDicomError, EOFError, OSError):
        yield path.name, path
        return
    for record in records:
        place = record.get("ReferencedFileID")
        if record.get("DirectoryRecordType") != _IMAGE or not place:
            continue
        parts = [place] if isinstance(place, str) else [str(part) for part in place]
        if (file := _file(path.parent, parts)) is not None:
            yield "/".join(parts), file
