"""Which files a film is made of: a MetaImage or NRRD header may leave its pixels to another file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from radcaliper.pipelines.reading.errors import UnreadableFilm

_HEADERS: Final = (".mhd", ".mha", ".nrrd", ".nhdr")
_LONGEST_HEADER: Final = 1 << 16
_META_DATA: Final = re.compile(rb"^\s*ElementDataFile\s*[=:]\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_NRRD_DATA: Final = re.compile(rb"^data ?file:\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_OUTSIDE: Final = "its header names a file outside its own folder"
_MANY: Final = "its header names several files: only single radiographs are measured"


def _named(path: Path) -> Iterator[bytes]:
    """The file that a header names for its pixels; none where they follow the header."""
    with path.open("rb") as file:
        header = file.read(_LONGEST_HEADER)
    if header.startswith(b"NRRD"):
        found = _NRRD_DATA.search(re.split(rb"\r?\n\r?\n", header, maxsplit=1)[0])
    else:
        found = _META_DATA.search(header)
    if found is not None and found[1].upper() != b"LOCAL":
        yield found[1]


def is_utf8(path: Path) -> bool:
    """Whether a path can be told to a library that knows no other bytes than UTF-8."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that a film is made of: the one named, and the one that its header leaves its pixels to.

    Raises UnreadableFilm where the header points outside its own folder or at several files, OSError where it cannot
    be read.
    """
    if not path.name.lower().endswith(_HEADERS):
        return (path,)
    files = [path]
    for name in _named(path):
        text = name.decode("utf-8", "surrogateescape")
        if text.upper().startswith("LIST") or "%" in text:
            raise UnreadableFilm(_MANY)
        part = Path(text.replace("\\", "/"))
        if part.is_absolute() or ".." in part.parts or re.match(r"[A-Za-z]:", text):
            raise UnreadableFilm(_OUTSIDE)
        files.append(path.parent / part)
    return tuple(files)
