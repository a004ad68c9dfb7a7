"""Which files a film is made of: a MetaImage or NRRD header may leave its pixels to another file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from radcaliper.pipelines.reading.errors import UnreadableFilm

_HEADERS: Final = (".mhd", ".mha", ".nrrd", ".nhdr")
_LONGEST_HEADER: Final = 1 << 16
_DATA_FILE: Final = re.compile(
    rb"^[ \t]*(?:ElementDataFile[ \t]*[=:]|data ?file:)[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_EMPTY_LINE: Final = re.compile(rb"\r?\n\r?\n")
_OUTSIDE: Final = "its header names a file outside its own folder"
_MANY: Final = "its header names several files: only single radiographs are measured"


def header_of(content: bytes) -> bytes:
    """The header that a file begins with: NRRD's up to its empty line, MetaImage's up to the name of its data file."""
    end = (_EMPTY_LINE if content.startswith(b"NRRD") else _DATA_FILE).search(content)
    return content if end is None else content[: end.end()]


def data_file(header: bytes) -> re.Match[bytes] | None:
    """Where a header names the file of its pixels: group 1 is the name. None where the pixels follow the header."""
    found = _DATA_FILE.search(header)
    return None if found is None or found[1].upper() == b"LOCAL" else found


def _named(path: Path) -> Iterator[bytes]:
    """The file that a header names for its pixels; none where they follow the header."""
    with path.open("rb") as file:
        found = data_file(header_of(file.read(_LONGEST_HEADER)))
    if found is not None:
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
