"""Films inside zip archives: a path may lead through an archive, as ``ward.zip/monday/film.dcm``."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from threading import Lock
from typing import Final

from radcaliper.pipelines.reading.errors import UnreadableFilm
from radcaliper.pipelines.reading.kinds import HEAD, may_be_film

SUFFIX: Final = ".zip"
_LARGEST: Final = 4 << 30
"""Bytes of a film that is unpacked; what claims more is no film."""
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError)
"""What zipfile raises for a damaged archive, a method that it does not know, or one that is locked by a password."""
_LONGEST_NAME: Final = 100


def is_archive(path: Path) -> bool:
    """Whether a file is called a zip archive and is one."""
    return path.name.lower().endswith(SUFFIX) and path.is_file() and zipfile.is_zipfile(path)


def _inner(name: str) -> str:
    """Where a member lies below its archive, in words that lead nowhere else."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "/".join(part for part in parts if part not in ("/", "..") and not part.endswith(":"))


class Archive:
    """An open archive; may be used from several threads."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._lock = Lock()
        files = (info for info in self._zip.infolist() if not info.is_dir())
        self.members: Mapping[str, zipfile.ZipInfo] = {_inner(info.filename): info for info in files}
        """By their place below the archive."""

    def films(self) -> Iterator[tuple[str, bool]]:
        """Every member by place, with whether it may be a film."""
        for name in sorted(self.members):
            hidden = any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
            yield name, not hidden and may_be_film(PurePosixPath(name), lambda name=name: self._head(name))  # type: ignore[misc]

    def _head(self, name: str) -> bytes:
        try:
            with self._lock, self._zip.open(self.members[name]) as member:
                return member.read(HEAD)
        except _BROKEN:
            return b""

    def unpack(self, name: str, into: Path) -> None:
        """Write a member's content. Raises UnreadableFilm for one that cannot be unpacked, KeyError for none."""
        info = self.members[name]
        if info.file_size > _LARGEST:
            raise UnreadableFilm("too large in its archive to be a film")
        try:
            with self._lock, self._zip.open(info) as member, into.open("wb") as file:
                copyfileobj(member, file)
        except _BROKEN as error:
            locked = "it is locked by a password" if info.flag_bits & 1 else "it is damaged there"
            raise UnreadableFilm(f"cannot be taken out of its archive: {locked}") from error


@lru_cache(maxsize=4)
def _opened(path: str, size: int, modified: int) -> Archive:  # noqa: ARG001  another file of that name is opened anew
    return Archive(Path(path))


def open_archive(path: Path) -> Archive:
    """The archive in a file, kept open for the next film of it. Raises OSError or zipfile.BadZipFile."""
    facts = path.stat()
    return _opened(os.path.abspath(path), facts.st_size, facts.st_mtime_ns)  # noqa: PTH100  the path may hold any byte


def through_archive(path: Path) -> tuple[Path, str] | None:
    """The archive that a path leads through and the place below it; None for a path that leads through none."""
    for folder in path.parents:
        if folder.name.lower().endswith(SUFFIX) and folder.is_file():
            return folder, path.relative_to(folder).as_posix()
    return None


def is_there(path: Path) -> bool:
    """Whether there is a file, or a member of an archive, at a path."""
    if path.exists():
        return True
    found = through_archive(path)
    if found is None:
        return False
    try:
        return found[1] in open_archive(found[0]).members
    except (OSError, *_BROKEN):
        return False


@contextmanager
def as_file(path: Path) -> Iterator[Path]:
    """The file at a path: itself, or unpacked for as long as it is read where the path leads through an archive.

    Raises OSError where there is none, UnreadableFilm where it cannot be unpacked.
    """
    found = None if path.exists() else through_archive(path)
    if found is None:
        yield path
        return
    archive, name = found
    with tempfile.TemporaryDirectory(prefix="radcaliper_") as folder:
        file = Path(folder) / PurePosixPath(name).name[-_LONGEST_NAME:]
        try:
            open_archive(archive).unpack(name, file)
        except KeyError as error:
            raise FileNotFoundError(2, "No such file in its archive") from error
        except _BROKEN as error:
            raise UnreadableFilm("its archive is damaged") from error
        yield file
