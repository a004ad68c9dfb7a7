"""Read any radiograph file: DICOM, PNG, JPEG, TIFF, BMP, NIfTI, NRRD, MHA."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from radcaliper.measurements.types import PixelSpacing, Radiograph, SpacingSource
from radcaliper.pipelines.reading.errors import NotARadiograph, UnreadableFilm

__all__ = ["NotARadiograph", "UnreadableFilm", "is_candidate", "is_dicom", "read_radiograph"]

_DICOM: Final = (".dcm", ".dicom", ".dic", ".ima")
_RASTER: Final = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
_VOLUME: Final = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd")


def _has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(suffixes)


def _has_dicom_magic(path: Path) -> bool:
    """Whether ``DICM`` stands after the preamble."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its magic or its extension."""
    return _has_dicom_magic(path) or _has_suffix(path, _DICOM)


def is_candidate(path: Path) -> bool:
    """Whether a file found in a folder may be a film: a known image extension, none at all, or DICOM's magic."""
    if _has_suffix(path, _DICOM + _RASTER + _VOLUME) or not path.suffix:
        return not path.name.startswith(".")
    try:
        return _has_dicom_magic(path)
    except OSError:  # what cannot be opened and is not called an image is not taken for one
        return False


def _read(path: Path) -> Radiograph:
    if path.stat().st_size == 0:
        raise UnreadableFilm("the file is empty")
    if is_dicom(path):
        from radcaliper.pipelines.reading.dicom import read_dicom

        return read_dicom(path)
    if _has_suffix(path, _VOLUME):
        from radcaliper.pipelines.reading.volume import read_volume

        return read_volume(path)
    from radcaliper.pipelines.reading.raster import read_raster

    return read_raster(path)


def read_radiograph(path: Path, spacing_mm: float | None = None) -> Radiograph:
    """The film in a file, bone bright as far as its header says; ``spacing_mm`` comes before the file's own spacing.

    Raises UnreadableFilm (no readable image) or NotARadiograph (readable, but no single film), each with one line.
    """
    try:
        film = _read(path)
    except OSError as error:
        raise UnreadableFilm(f"cannot be opened: {error.strerror or error}") from error
    if spacing_mm is None:
        return film
    return replace(film, spacing=PixelSpacing(spacing_mm, spacing_mm, SpacingSource.USER))
