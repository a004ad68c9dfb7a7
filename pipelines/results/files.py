"""Files that a reader finds whole: the old one or the new one, never half."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from uuid import uuid4


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file bit by bit; once it is complete, it takes its place in one step."""
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_text(path: Path) -> Iterator[TextIO]:
    """A text file that is written bit by bit, as by ``whole_file``."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


def write_whole(path: Path, content: str) -> None:
    """Write a text file in one step, as far as a reader can see."""
    write_whole_bytes(path, content.encode("utf-8"))


def write_whole_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step, as far as a reader can see, whoever else may be writing it."""
    with whole_file(path) as part:
        part.write_bytes(content)


def remove_files(root: Path, places: Iterable[str]) -> None:
    """Remove files below ``root`` and the folders that this leaves empty; what is not there is passed over."""
    for place in places:
        path = root / place
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        _remove_empty(path.parent, root)


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder below ``root`` and those above it, as long as they are empty."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # another film's files are in it
            return
        folder = folder.parent
