"""``radcaliper.measure``: films of any kind to results."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Analysis, Radiograph, Status
from radcaliper.pipelines.protocols.registry import PROTOCOLS, analyse
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.reading.file_frame import in_file_frame
from radcaliper.pipelines.running.discover import find_films
from radcaliper.result import FilmFacts, Result
from radcaliper.results import Results
from radcaliper.sources import existing, pixel_spacing, radiograph_of

Film = str | os.PathLike[str] | NDArray[Any] | Radiograph
"""What a film may be given as: a file, an array of grey values with bone bright, or a radiograph."""


@dataclass(frozen=True)
class _Question:
    """What is asked of every film: by which protocol it is measured, and with which spacing in mm."""

    protocol: str
    spacing: float | None


def _question(protocol: str, spacing: float | None) -> _Question:
    choices = ("auto", *PROTOCOLS)
    if protocol not in choices:
        raise ValueError(f"no protocol is called {protocol!r}; there are {', '.join(choices)}")
    pixel_spacing(spacing)
    return _Question(protocol, spacing)


def _result(image: str, film: Radiograph, question: _Question, path: str = "") -> Result:
    started = time.perf_counter()
    analysis: Analysis = in_file_frame(analyse(image, film, question.protocol))
    facts = FilmFacts(image, analysis.status, analysis.reasons, "", path, time.perf_counter() - started)
    return Result(facts, analysis)


def _of_file(image: str, path: Path, question: _Question) -> Result:
    with as_file(path) as file:
        film = read_radiograph(file, question.spacing)
    return _result(image, film, question, str(path.absolute()))


def _of_any_file(image: str, path: Path, question: _Question) -> Result:
    """The result of one file among several: one that cannot be read does not stop the others."""
    try:
        return _of_file(image, path, question)
    except NotARadiograph as error:
        return Result(FilmFacts(image, Status.REFUSED, ("not_a_radiograph",), str(error), str(path)), None)
    except UnreadableFilm as error:
        return Result(FilmFacts(image, Status.FAILED, (), str(error), str(path)), None)


def _of_pixels(image: str, film: NDArray[Any] | Radiograph, question: _Question) -> Result:
    if not isinstance(film, Radiograph):
        return _result(image, radiograph_of(film, question.spacing), question)
    spacing = pixel_spacing(question.spacing)
    return _result(film.source or image, film if spacing is None else replace(film, spacing=spacing), question)


def _each(films: Iterable[Film], question: _Question) -> Iterator[Result]:
    given = list(films)
    paths = [existing(film) for film in given if isinstance(film, str | os.PathLike)]
    if len(paths) == len(given):
        for found in find_films(paths, Path(os.devnull)).films:
            yield _of_any_file(found.image, found.path, question)
        return
    for number, film in enumerate(given, start=1):
        if isinstance(film, str | os.PathLike):
            yield _of_any_file(Path(film).name, existing(film), question)
        else:
            yield _of_pixels(f"film_{number}", film, question)


@overload
def measure(source: NDArray[Any] | Radiograph, protocol: str = "auto", spacing: float | None = None) -> Result: ...
@overload
def measure(source: str | os.PathLike[str], protocol: str = "auto", spacing: float | None = None) -> Result | Any: ...
@overload
def measure(source: list[Any] | tuple[Any, ...], protocol: str = "auto", spacing: float | None = None) -> Results: ...
def measure(source: Any, protocol: str = "auto", spacing: float | None = None) -> Any:
    """Measure a film, or several.

    Parameters
    ----------
    source : str | os.PathLike | numpy.ndarray | Radiograph | Sequence
        A file, an array of grey values (height, width) with bone bright, or what ``radcaliper.read`` gives; or a
        folder, which is searched as by the command line, or a list of all these.
    protocol : str
        ``auto``, or the protocol that the films are of: ``chest``, ``spine`` or ``hip``.
    spacing : float | None
        Millimetres a pixel, in place of the file's own.

    Returns
    -------
    Result | Results
        The result of one film; of a folder or a list, a sequence of them. All masks are kept in memory: for more than
        some hundred films use the command line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        For a protocol that there is not, or an array that is no film; the message is a sentence.
    UnreadableFilm, NotARadiograph
        If a single file holds no readable image, or no single film. Of several, such a file has a result that says so.

    Examples
    --------
    >>> import numpy as np
    >>> result = measure(np.zeros((100, 100)), "chest")
    >>> result.status.value, result.reasons
    ('refused', ('blank_film',))
    """
    question = _question(protocol, spacing)
    if isinstance(source, np.ndarray | Radiograph):
        return _of_pixels("film", source, question)
    if isinstance(source, str | os.PathLike):
        path = existing(source)
        return Results(_each([path], question)) if path.is_dir() else _of_file(path.name, path, question)
    if isinstance(source, Iterable):
        return Results(_each(source, question))
    raise ValueError(f"a film is a file, an array or a Radiograph, not {type(source).__name__}")
