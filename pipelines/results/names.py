"""How names of files and words of people are spelled in the results, and what files are called after a film."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

_RUN_BY_SPREADSHEETS: Final = ("=", "+", "-", "@")
_LONGEST_NAME: Final = 255
"""Bytes that a file system takes for one name."""
_LONGEST_PLACE: Final = 2000
"""Bytes of a whole place below the results folder; a path may have 4096 with the folder's own."""
_DIGEST: Final = 16
_PERCENT: Final = re.compile("%(?=[0-9A-Fa-f]{2})")


def _escaped(letter: str) -> str:
    """A letter that stands for a byte that is not UTF-8, or a control character, as ``%XX`` for each byte."""
    undecodable = "\udc80" <= letter <= "\udcff"
    if not undecodable and unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"}:
        return letter
    content = letter.encode("utf-8", "surrogateescape" if undecodable else "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in content)


def spelled(name: str) -> str:
    """A file's name as the results spell it, the same everywhere; no two names are spelled alike.

    Bytes that are not UTF-8, control characters and line separators become ``%XX``, a ``%`` before two hexadecimal
    digits ``%25``; a name that a spreadsheet would run begins with ``./``.
    """
    plain = "".join(map(_escaped, _PERCENT.sub("%25", name)))
    return f"./{plain}" if plain.startswith(_RUN_BY_SPREADSHEETS) else plain


def one_line(words: str) -> str:
    """Words without line breaks and control characters, and without what UTF-8 cannot hold."""
    plain = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in words)
    return " ".join(plain.split())


def spelled_words(words: str) -> str:
    """What a person wrote, for a table: one line, and with ``'`` before what a spreadsheet would run."""
    plain = one_line(words)
    return f"'{plain}" if plain.startswith(_RUN_BY_SPREADSHEETS) else plain


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:_DIGEST]


def _fitting(name: str, suffix: str = "") -> str:
    """``name`` and ``suffix``, the name shortened with its hash where a file system would not take both."""
    room = _LONGEST_NAME - len(suffix.encode())
    content = name.encode()
    if len(content) <= room:
        return name + suffix
    return f"{content[: room - _DIGEST - 1].decode(errors='ignore')}~{_digest(name)}{suffix}"


def place_of(image: str, suffix: str = "") -> str:
    """Where a file or folder that belongs to a film lies, below the folder for its kind; ``suffix`` ends its name."""
    *folders, last = PurePosixPath(image).parts
    place = "/".join([*map(_fitting, folders), _fitting(last, suffix)])
    return place if len(place.encode()) <= _LONGEST_PLACE else f"long_names/{_digest(image)}{suffix}"


def mask_folder(image: str) -> str:
    """The folder of a film's masks, below the results folder."""
    return f"masks/{place_of(image)}"


def overlay_place(image: str) -> str:
    """A film's overlay, below the results folder."""
    return f"overlays/{place_of(image, '.png')}"


def thumbnail_place(image: str) -> str:
    """A film's small picture for the report's list, below the results folder."""
    return f"thumbnails/{place_of(image, '.webp')}"


def corrected_mask_folder(image: str) -> str:
    """The folder of the masks that a reviewer corrected, below the results folder."""
    return f"corrected/masks/{place_of(image)}"
