"""Read any radiograph file, as it says of itself: DICOM, PNG, JPEG, TIFF, BMP, NIfTI, NRRD, MetaImage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm
from radcaliper.pipelines.reading.kinds import FileKind, is_candidate, is_dicom, kind_of

if TYPE_CHECKING:
    from radcaliper.pipelines.reading.stored import StoredFilm

__all__ = ["NotARadiograph", "UnreadableFilm", "is_candidate", "is_dicom", "read_radiograph"]


def _read(path: Path) -> StoredFilm:
    """The film as stored, by the reader for its kind of file."""
    kind = kind_of(path)
    if kind is FileKind.DICOM:
        from radcaliper.pipelines.reading.dicom import read_dicom as read
    elif kind is FileKind.NIFTI:
        from radcaliper.pipelines.reading.nifti import read_nifti as read
    elif kind is FileKind.VOLUME:
        from radcaliper.pipelines.reading.volume import read_volume as read
    elif kind is FileKind.TIFF:
        from radcaliper.pipelines.reading.tiff import read_tiff as read
    else:
        from radcaliper.pipelines.reading.raster import read_raster as read
    return read(path)


def read_radiograph(path: Path, spacing_mm: float | None = None) -> Radiograph:
    """The film in a file, ready to be measured: upright and bone bright as far as its header says, with square pixels,
    cropped to what was exposed. Its ``geometry`` says where it lies on the file's own pixels.

    ``spacing_mm`` is the side of a (square) pixel and comes before the file's own spacing. Raises UnreadableFilm (no
    readable image) or NotARadiograph (readable, but no single film), each with one line that quotes no header.
    """
    from radcaliper.pipelines.reading.stored import upright

    try:
        if path.stat().st_size == 0:
            raise UnreadableFilm("the file is empty")
        stored = _read(path)
    except OSError as error:
        raise UnreadableFilm(f"cannot be opened: {error.strerror or 'no reason given'}") from error
    return upright(stored, path.name, spacing_mm)
