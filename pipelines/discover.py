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
    """The files to measure, by name, and how many others were passed over."""

    films: tuple[FilmFile, ...]
    passed_over: int


def _walk(folder: Path, out: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            if entry.resolve() != out:
                yield from _walk(entry, out)
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
    films, passed_over, out = [], 0, out.resolve()
    for path, prefix in zip(paths, _prefixes(paths), strict=True):
        if path.is_file():
            films.append(FilmFile(path.name, path))
            continue
        for file in _walk(path, out):
            if is_candidate(file):
                films.append(FilmFile(prefix + file.relative_to(path).as_posix(), file))
            else:
                passed_over += 1
    return Found(tuple(_unclashed(films)), passed_over)
