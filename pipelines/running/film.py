"""One film from file to rows: read, analyse, write its masks and its overlay."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.protocols.overlay import draw_overlay
from radcaliper.pipelines.protocols.registry import analyse
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.file_frame import in_file_frame
from radcaliper.pipelines.results.masks import MaskFormat, write_masks, write_png
from radcaliper.pipelines.results.rows import FilmRows, analysis_rows, unmeasured_rows
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FilmOptions:
    """What a film's results depend on, besides the film."""

    protocol: str = "auto"
    spacing_mm: float | None = None
    masks: MaskFormat = MaskFormat.PNG
    overlays: bool = True
    rules: StatusRules = DEFAULT_RULES


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_pictures(analysis: Analysis, film: Path, out: Path, options: FilmOptions) -> None:
    write_masks(analysis, film, out, options.masks)
    overlay = out / "overlays" / f"{analysis.image}.png"
    overlay.unlink(missing_ok=True)
    if options.overlays and analysis.status is not Status.REFUSED:
        write_png(overlay, draw_overlay(analysis))


def process_film(film: FilmFile, sha256: str, out: Path, options: FilmOptions) -> FilmRows:
    """Measure one file and write its pictures; whatever is wrong with it comes back as its row."""
    started = time.perf_counter()
    try:
        radiograph = read_radiograph(film.path, options.spacing_mm)
        analysis = in_file_frame(analyse(film.image, radiograph, options.protocol, options.rules))
        _write_pictures(analysis, film.path, out, options)
    except NotARadiograph as refusal:
        return unmeasured_rows(film.image, Status.REFUSED, "not_a_radiograph", str(refusal), sha256)
    except UnreadableFilm as failure:
        return unmeasured_rows(film.image, Status.FAILED, "", str(failure), sha256)
    except Exception as error:
        log.debug("%s", film.image, exc_info=True)
        return unmeasured_rows(
            film.image, Status.FAILED, "", f"internal error: {error or type(error).__name__}", sha256
        )
    return analysis_rows(analysis, sha256, time.perf_counter() - started)
