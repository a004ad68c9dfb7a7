"""Which files to measure, and what each is called in the results."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile

from radcaliper.pipelines.reading import is_candidate
from radcaliper.pipelines.reading.archives import is_archive, is_there, open_archive, through_archive
from radcaliper.pipelines.reading.directory import is_directory, referenced_files
from radcaliper.pipelines.results.ownership import is_results_folder
from radcaliper.pipelines.running.film_list import FilmFile, FilmList

__all__ = ["FilmFile", "FilmList", "Found", "NothingThere", "find_films"]

_LIST: Final = "@"
Named = tuple[str, Path]
"""A file's name as it will be in the results, and where it is."""


class NothingThere(ValueError):
    """A path that leads to nothing; the message is one line."""


@dataclass(frozen=True)
class Found:
    """The files to measure; how many others were passed over; folders that were not searched.

    ``closed`` could not be, ``results`` hold results of earlier runs.
    """

    films: FilmList
    passed_over: int
    closed: tuple[Path, ...]
    results: tuple[Path, ...] = ()


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """The names in a folder, sorted, and whether each is a folder itself. Raises OSError."""
    with os.scandir(folder) as entries:
        return sorted((entry.name, entry.is_dir()) for entry in entries)


class _Search:
    """A recursive search that never enters a folder twice, by whatever links it is reached, and never results."""

    def __init__(self, out: Path) -> None:
        self._entered = {out.resolve()}
        self.closed: list[Path] = []
        self.results: list[Path] = []
        self.passed_over = 0

    def _files(self, folder: Path) -> Iterator[Path]:
        """All files below ``folder``, by name; a folder that may not be read is noted in ``closed``."""
        real = folder.resolve()
        if real in self._entered:
            return
        self._entered.add(real)
        try:
            entries = _entries(folder)
        except OSError:
            self.closed.append(folder)
            return
        if is_results_folder(folder):
            self.results.append(folder)
            return
        for name, is_folder in entries:
            if is_folder:
                yield from self._files(folder / name)
            elif (folder / name).is_file():
                yield folder / name

    def _in_archive(self, name: str, path: Path) -> Iterator[Named]:
        """The films of an archive that is called ``name``; one that is damaged has its own row, as failed."""
        try:
            members = list(open_archive(path).films())
        except (OSError, BadZipFile):
            yield name, path
            return
        for inner, may_be_film in members:
            if may_be_film:
                yield f"{name}/{inner}", path / inner
            else:
                self.passed_over += 1

    def in_folder(self, folder: Path, prefix: str) -> Iterator[Named]:
        """The films below a folder, archives among them."""
        for file in self._files(folder):
            name = prefix + file.relative_to(folder).as_posix()
            if is_archive(file):
                yield from self._in_archive(name, file)
            elif is_candidate(file):
                yield name, file
            else:
                self.passed_over += 1

    def at(self, path: Path, name: str, prefix: str) -> Iterator[Named]:
        """The films at a path: a folder's, whose names begin with ``prefix``, or those of the file that is ``name``."""
        if path.is_dir():
            yield from self.in_folder(path, prefix)
        elif is_archive(path):
            yield from self._in_archive(name, path)
        elif is_directory(path):
            for inner, file in referenced_files(path):
                yield prefix + inner, file
        else:
            yield name, path


def _prefix(folder: Path, several: bool) -> str:
    """What the names of a folder's films begin with: its own name where several paths were given."""
    return f"{folder.resolve().name}/" if several else ""


def _below(path: Path, folder: Path) -> str:
    """Where a path lies as seen from a folder, in words that lead nowhere else."""
    parts = Path(os.path.relpath(path, folder)).parts
    return PurePosixPath(*(part for part in parts if part != "..")).as_posix()


def _listed(file: Path, search: _Search) -> Iterator[Named]:
    """The films of a list: a path a line, from the list's own folder; empty lines and those with ``#`` are none."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines):
            words = os.fsdecode(line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line).strip("\r\n")
            if words.strip() and not words.startswith("#"):
                path = file.parent / words
                name = _below(path, file.parent)
                yield from search.at(path, name, "" if name == "." else f"{name}/")


def _matching(pattern: str, several: bool, search: _Search) -> Iterator[Named]:
    """The films that a pattern matches, by their places below the folder before its first wildcard."""
    parts = Path(pattern).parts
    plain = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    root = Path(*parts[:plain])
    prefix = _prefix(root, several)
    matches = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207  the pattern may be absolute
    if not matches:
        raise NothingThere(f"no file matches {pattern}")
    for match in map(Path, matches):
        if match.is_dir() and "**" in parts:  # the files below it match by themselves
            continue
        name = prefix + match.relative_to(root).as_posix()
        yield from search.at(match, name, f"{name}/")


def _given(path: Path, several: bool, search: _Search) -> Iterator[Named]:
    """The films at one of the paths that were given. Raises NothingThere."""
    words = str(path)
    if path.exists():
        folder = path if path.is_dir() else path.resolve().parent
        yield from search.at(path, path.name, _prefix(folder, several))
    elif is_there(path) and (found := through_archive(path)) is not None:
        yield f"{found[0].name}/{found[1]}", path
    elif words.startswith(_LIST):
        if not (file := Path(words[1:])).is_file():
            raise NothingThere(f"{file}, a list of films, does not exist")
        yield from _listed(file, search)
    elif glob.has_magic(words):
        yield from _matching(words, several, search)
    else:
        raise NothingThere(f"{path} does not exist")


def find_films(paths: Sequence[Path], out: Path) -> Found:
    """The films in folders (searched recursively, never ``out`` or other results), archives, lists and patterns.

    A file given by itself is always measured. Raises NothingThere for a path that leads to nothing.
    """
    search = _Search(out)
    films = FilmList(named for path in paths for named in _given(path, len(paths) > 1, search))
    return Found(films, search.passed_over, tuple(search.closed), tuple(search.results))
