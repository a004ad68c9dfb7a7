"""Whether a film's file may have changed since, without reading it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from radcaliper.pipelines.reading import UnreadableFilm
from radcaliper.pipelines.reading.archives import through_archive
from radcaliper.pipelines.reading.parts import files_of

_SETTLED_S: Final = 2.0
"""A file that was written within so short a time may be written once more without its time changing."""


def _stamp_of(files: tuple[Path, ...]) -> str:
    facts = [file.stat() for file in files]
    if any(time.time() - each.st_mtime < _SETTLED_S for each in facts):
        return ""
    return " ".join(f"{each.st_size}:{each.st_mtime_ns}" for each in facts)


def file_stamp(path: Path) -> str:
    """Size and time of a film's files, of its archive for a film in one; empty where they say nothing."""
    try:
        return _stamp_of(files_of(path))
    except UnreadableFilm:
        return ""
    except OSError:
        found = through_archive(path)
    try:
        return "" if found is None else _stamp_of((found[0],))
    except OSError:
        return ""
