"""Which files to measure, and what each is called in the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from radcaliper.pipelines.reading import is_candidate


@dataclass(frozen=True)
class FilmFile:
    """One file to measure: its name in the results, and where it is."""

    image: str
    path: Path


@dataclass(frozen=True)
class Found:
    """The files to measure, by name; how many others were passed over; folders that could not be searched."""

    films: tuple[FilmFile, ...]
    passed_over: int
    closed: tuple[Path, ...]


class _Search:
    """A recursive search that never enters a folder twice, by whatever links it is reached, and never ``out``."""

    def __init__(self, out: Path) -> None:
        self._entered = {out.resolve()}
        self.closed: list[Path] = []

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
        for entry in entries:
            if entry.is_dir():
                yield from self.files(entry)
            elif entry.is_file():
                yield entry


def _prefixes(paths: Sequence[Path]) -> list[str]:
    """What stands before each path's names: nothing for a single path, else the folder's name, numbered on a clash."""
    if len(paths) == 1:
        return [""]
    names = [path.resolve().name if path.is_dir() else "" for path in paths]
    seen: Counter[str] = Counter()
    prefixes = []
    for name in names:
        seen[name] += 1
        number = f"_{seen[name]}" if name and seen[name] > 1 else ""
        prefixes.append(f"{name}{number}/" if name else "")
    return prefixes


def _unclashed(films: list[FilmFile]) -> Iterator[FilmFile]:
    """Number the names of files given one by one where they clash."""
    seen: set[str] = set()
    for film in films:
        image, number = film.image, 1
        while image in seen:
            number += 1
            image = f"{Path(film.image).stem}_{number}{Path(film.image).suffix}"
        seen.add(image)
        yield FilmFile(image, film.path)


def find_films(paths: Sequence[Path], out: Path) -> Found:
    """Search folders recursively, never ``out``; a file given by itself is always measured."""
    films, passed_over, closed = [], 0, []
    for path, prefix in zip(paths, _prefixes(paths), strict=True):
        if path.is_file():
            films.append(FilmFile(path.name, path))
            continue
        search = _Search(out)
        for file in search.files(path):
            if is_candidate(file):
                films.append(FilmFile(prefix + file.relative_to(path).as_posix(), file))
            else:
                passed_over += 1
        closed += search.closed
    return Found(tuple(_unclashed(films)), passed_over, tuple(closed))
