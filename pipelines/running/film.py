"""One film from file to rows and pictures. Nothing is written here."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.protocols.own.bundle import OwnBundle
from radcaliper.pipelines.protocols.own.measuring import analyse_with_own
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.archives import is_there
from radcaliper.pipelines.reading.file_frame import in_file_frame
from radcaliper.pipelines.reading.parts import files_of
from radcaliper.pipelines.results.formats import MaskFormat
from radcaliper.pipelines.results.masks import mask_files
from radcaliper.pipelines.results.overlays import overlay_files
from radcaliper.pipelines.results.rows import FilmRows, analysis_rows, unmeasured_rows
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.faults import RunStopped, fault_behind, is_about_the_disk, kind_of, steps_of
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

_CHUNK = 1 << 20


@dataclass(frozen=True)
class FilmOptions:
    """What a film's results depend on, besides the film."""

    protocol: str = "auto"
    spacing_mm: float | None = None
    masks: MaskFormat = MaskFormat.PNG
    overlays: bool = True
    rules: StatusRules = DEFAULT_RULES
    patients: bool = False
    """Whether to read whose film it is, for a pseudonym."""
    own_bundles: tuple[OwnBundle, ...] = ()
    """What the user's own bundles find on the films."""


@dataclass(frozen=True)
class FilmResult:
    """What one file came to: its rows, and the content of its mask and overlay files by place below the results.

    ``judged`` says whether the rows are a judgement of the film's content, which holds until the film changes; else
    they tell of an accident, and the next run tries again. ``steps`` are the places in the code of an unexpected error;
    ``gone`` says that the file is not there any more, ``patient`` whose film it is, and is not written as it is.
    """

    rows: FilmRows
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    judged: bool = True
    steps: str = ""
    gone: bool = False
    patient: str = field(default="", repr=False)

    @property
    def sha256(self) -> str:
        """The hash of the film's content; empty where it could not be read."""
        return str(self.rows.image["sha256"])


def file_hash(path: Path) -> str:
    """SHA-256 of a film's content: of its file, or of its header's file and the one that holds its pixels.

    Raises OSError, and UnreadableFilm where a header points outside its own folder.
    """
    digest = hashlib.sha256()
    for part in files_of(path):
        with part.open("rb") as file:
            while content := file.read(_CHUNK):
                digest.update(content)
    return digest.hexdigest()


def _pictures(analysis: Analysis, film: Path, options: FilmOptions) -> dict[str, bytes]:
    files = mask_files(analysis, film, options.masks)
    return files | overlay_files(analysis) if options.overlays else files


def _measured(film: FilmFile, sha256: str, options: FilmOptions) -> FilmResult:
    started = time.perf_counter()
    radiograph = read_radiograph(film.path, options.spacing_mm)
    found = analyse_with_own(film.image, radiograph, options.protocol, options.rules, options.own_bundles)
    analysis = in_file_frame(found)
    pictures = _pictures(analysis, film.path, options)
    return FilmResult(analysis_rows(analysis, sha256, time.perf_counter() - started), pictures)


def _unexpected(film: FilmFile, sha256: str, error: Exception) -> FilmResult:
    line = f"internal error: {kind_of(error)} (--log FILE keeps where)"
    rows = unmeasured_rows(film.image, Status.FAILED, "internal_error", line, sha256)
    return FilmResult(rows, judged=False, steps=steps_of(error))


def failure(film: FilmFile, error: OSError | UnreadableFilm, sha256: str) -> FilmResult:
    """The result of a file that cannot be opened, or of one that cannot be read, which is a judgement of it."""
    words = f"cannot be opened: {error.strerror}" if isinstance(error, OSError) else str(error)
    rows = unmeasured_rows(film.image, Status.FAILED, "", words, sha256)
    gone = isinstance(error, FileNotFoundError) and not is_there(film.path)
    return FilmResult(rows, judged=not is_about_the_disk(error), gone=gone)


def process_film(film: FilmFile, sha256: str, options: FilmOptions) -> FilmResult:
    """Measure one file; whatever is wrong with it comes back as its row.

    Raises RunStopped where it is the machine that lacks something: memory, weights.
    """
    try:
        return _measured(film, sha256, options)
    except Exception as error:
        if fault := fault_behind(error):
            raise RunStopped(f"{fault}, at {film.image}") from error
        if isinstance(error, NotARadiograph):
            rows = unmeasured_rows(film.image, Status.REFUSED, "not_a_radiograph", str(error), sha256)
            return FilmResult(rows)
        if isinstance(error, UnreadableFilm):
            return failure(film, error, sha256)
        return _unexpected(film, sha256, error)
