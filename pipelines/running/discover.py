"""Which files to measure, and what each is called in the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from os import fsencode
from pathlib import Path, PurePosixPath
from typing import Final

from radcaliper.pipelines.reading import is_candidate
from radcaliper.pipelines.results.names import overlay_place, spelled
from radcaliper.pipelines.results.ownership import is_results_folder

_SUFFIX: Final = 8
"""Digits of the content's hash behind a name that clashes."""


@dataclass(frozen=True)
class FilmFile:
    """One file to measure: its name in the results, and where it is, as the user gave it."""

    image: str
    path: Path


@dataclass(frozen=True)
class Found:
    """The files to measure, by name; how many others were passed over; folders that were not searched.

    ``closed`` could not be, ``results`` hold results of earlier runs.
    """

    films: tuple[FilmFile, ...]
    passed_over: int
    closed: tuple[Path, ...]
    results: tuple[Path, ...] = ()


class _Search:
    """A recursive search that never enters a folder twice, by whatever links it is reached, and never results."""

    def __init__(self, out: Path) -> None:
        self._entered = {out.resolve()}
        self.closed: list[Path] = []
        self.results: list[Path] = []

    def files(self, folder: Path) -> Iterator[Path]:
        """All files below ``folder``, by name; a folder that may not be read is noted in ``closed``."""
        real = folder.resolve()
        if real in self._entered:
            return
        self._entered.add(real)
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            self.closed.append(folder)
            return
        if is_results_folder(folder):
            self.results.append(folder)
            return
        for entry in entries:
            if entry.is_dir():
                yield from self.files(entry)
            elif entry.is_file():
                yield entry


def _content_hash(path: Path) -> str:
    """The first digits of the hash of a file's content, or of its path where it cannot be read: its row will say so."""
    try:
        return sha256(path.read_bytes()).hexdigest()[:_SUFFIX]
    except OSError:
        return sha256(fsencode(path)).hexdigest()[:_SUFFIX]


def _with_hash(film: FilmFile) -> FilmFile:
    place = PurePosixPath(film.image)
    named = str(place.with_name(f"{place.stem}_{_content_hash(film.path)}{place.suffix}"))
    return replace(film, image=f"./{named}" if film.image.startswith("./") else named)


def _clashing(films: Sequence[FilmFile]) -> set[str]:
    """Names of several files, and those whose overlay would take the place of a folder of other overlays."""
    counts = Counter(film.image for film in films)
    folders = {str(folder) for film in films for folder in PurePosixPath(overlay_place(film.image)).parents}
    return {name for name, count in counts.items() if count > 1 or overlay_place(name) in folders}


def _told_apart(films: Sequence[FilmFile]) -> Iterator[FilmFile]:
    """The films with names of their own: one that clashes is told by its content; equal films are numbered."""
    clashing, seen = _clashing(films), Counter[str]()
    for film in films:
        named = _with_hash(film) if film.image in clashing else film
        seen[named.image] += 1
        again = seen[named.image]
        yield named if again == 1 else replace(named, image=f"{named.image}_{again}")


def _each_once(files: Iterable[tuple[str, Path]]) -> Iterator[FilmFile]:
    """The films of (name, path) pairs as the results spell them; a file that was given twice is measured once."""
    seen: set[Path] = set()
    for name, path in files:
        real = path.absolute()
        if real not in seen:
            seen.add(real)
            yield FilmFile(spelled(name), path)


def find_films(paths: Sequence[Path], out: Path) -> Found:
    """Search folders recursively, never ``out`` or other results; a file given by itself is always measured."""
    files: list[tuple[str, Path]] = []
    search, passed_over = _Search(out), 0
    for path in paths:
        if path.is_file():
            files.append((path.name, path))
            continue
        prefix = f"{path.resolve().name}/" if len(paths) > 1 else ""
        for file in search.files(path):
            if is_candidate(file):
                files.append((prefix + file.relative_to(path).as_posix(), file))
            else:
                passed_over += 1
    films = tuple(_told_apart(list(_each_once(files))))
    return Found(films, passed_over, tuple(search.closed), tuple(search.results))
