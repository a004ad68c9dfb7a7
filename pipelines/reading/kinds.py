"""What kind of file it is, by its content first, then by its name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Final

from radcaliper.pipelines.reading.errors import NotARadiograph

_DICOM: Final = (".dcm", ".dicom", ".dic", ".ima")
_RASTER: Final = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp")
_VOLUME: Final = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
HEAD: Final = 4096
"""Bytes at a file's beginning that tell its kind."""
_GZIP: Final = b"\x1f\x8b"
_NO_FILMS: Final = {b"%PDF": "a PDF document, no radiograph", b"PK\x03\x04": "an archive, no radiograph"}
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"RIFF", b"\x00\x00\x00\x0cjP", b"\xff\x4f\xff\x51")
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TEXT_BYTES: Final = bytes(range(32, 127)) + b"\t\n\r\f\b\x1b"


class FileKind(StrEnum):
    """How a file is to be read."""

    DICOM = "dicom"
    TIFF = "tiff"
    PICTURE = "picture"
    NIFTI = "nifti"
    VOLUME = "volume"
    UNKNOWN = "unknown"


def _has_suffix(path: PurePath, suffixes: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(suffixes)


def is_named_image(path: PurePath) -> bool:
    """Whether a file's name ends as a film's may."""
    return _has_suffix(path, _DICOM + _RASTER + _VOLUME)


def _head(path: Path) -> bytes:
    """The first bytes of a file; of a NIfTI image those of what is gzipped."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.startswith(_GZIP):
        return head
    try:
        with gzip.open(path) as packed:
            unpacked = packed.read(HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return head
    return unpacked if _is_nifti(unpacked) else head


def _begins_with_an_element(head: bytes) -> bool:
    """Whether it is, without a preamble, an early element of group 0002 or 0008, as DICOM files begin with."""
    for order in ("little", "big"):
        group, element = (int.from_bytes(head[place : place + 2], order) for place in (0, 2))
        explicit = head[4:6].isalpha() and head[4:6].isupper()
        length = int.from_bytes(head[4:8], order)
        if group in (0x0002, 0x0008) and element <= 0x0018 and (explicit or length < HEAD):
            return len(head) > 8
    return False


def _is_dicom(head: bytes) -> bool:
    return head[128:132] == b"DICM" or _begins_with_an_element(head)


def _is_nifti(head: bytes) -> bool:
    return head[344:348] == b"n+1\0" or head[4:8] == b"n+2\0"


def _is_volume(head: bytes) -> bool:
    return head.startswith(b"NRRD0") or (head[:400].isascii() and b"NDims" in head[:400] and b"=" in head[:400])


def _is_text(head: bytes) -> bool:
    """Whether there are only printable characters, in ASCII, UTF-8 or UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.count(0) * 3 > len(head)
    if head.translate(None, _TEXT_BYTES) == b"":
        return True
    try:
        words = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else a character that is cut through at the end
            return False
        words = head[: error.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\t\n\r\f" for letter in words)


def _by_content(head: bytes) -> FileKind:
    if _is_dicom(head):
        return FileKind.DICOM
    if _is_nifti(head):
        return FileKind.NIFTI
    if _is_volume(head):
        return FileKind.VOLUME
    if head.startswith(_TIFF):
        return FileKind.TIFF
    return FileKind.PICTURE if head.startswith(_PICTURES) else FileKind.UNKNOWN


def _by_name(path: PurePath) -> FileKind:
    for kind, suffixes in (
        (FileKind.DICOM, _DICOM),
        (FileKind.NIFTI, (".nii", ".nii.gz")),
        (FileKind.VOLUME, _VOLUME),
        (FileKind.TIFF, (".tif", ".tiff")),
        (FileKind.PICTURE, _RASTER),
    ):
        if _has_suffix(path, suffixes):
            return kind
    return FileKind.UNKNOWN


def _kind(name: PurePath, head: bytes) -> FileKind:
    """The kind of a file of that name that begins so. Raises NotARadiograph for what is no film by its kind."""
    kind = _by_content(head)
    if kind is not FileKind.UNKNOWN:
        return kind
    for magic, words in _NO_FILMS.items():
        if head.startswith(magic):
            raise NotARadiograph(words)
    if not is_named_image(name) and _is_text(head):
        raise NotARadiograph("a text file, no radiograph")
    return _by_name(name)


def kind_of(path: Path) -> FileKind:
    """How to read a file: as its content says, else as its name does, else UNKNOWN.

    Raises NotARadiograph for what is no film by its kind: text, a PDF, an archive; OSError.
    """
    return _kind(path, _head(path))


def is_dicom(path: Path) -> bool:
    """Whether a file is read as DICOM."""
    try:
        return kind_of(path) is FileKind.DICOM
    except NotARadiograph:
        return False


def may_be_film(name: PurePath, head: Callable[[], bytes]) -> bool:
    """Whether a file of that name may be a film; ``head`` reads its first bytes where the name does not say it.

    A known image extension; none at all, unless it is text or a document; DICOM or a gzipped NIfTI by its content.
    """
    if name.name.startswith("."):
        return False
    if is_named_image(name):
        return True
    try:
        kind = _kind(name, head())
    except NotARadiograph:
        return False
    except OSError:  # what cannot be opened and is not called an image is not taken for one
        return not name.suffix
    return not name.suffix or kind in (FileKind.DICOM, FileKind.NIFTI)


def is_candidate(path: Path) -> bool:
    """Whether a file found in a folder may be a film, as ``may_be_film`` has it."""
    return may_be_film(path, lambda: _head(path))
