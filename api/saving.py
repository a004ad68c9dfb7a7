"""Results as files: a results folder, as the command line writes it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.results.formats import MaskFormat
from radcaliper.pipelines.results.masks import mask_files
from radcaliper.pipelines.results.outputs import write_outputs
from radcaliper.pipelines.results.overlays import overlay_files
from radcaliper.pipelines.results.ownership import refuse_foreign
from radcaliper.pipelines.results.pictures import PreparedPictures, remove_pictures
from radcaliper.pipelines.results.rows import FilmRows, analysis_rows, unmeasured_rows
from radcaliper.pipelines.results.store import ResultStore, Source
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.running.film import file_hash
from radcaliper.pipelines.running.lock import owned

if TYPE_CHECKING:
    from radcaliper.result import Result


def content_hash(result: Result) -> str:
    """SHA-256 of the film's file; of an array's grey values where there is no file."""
    if result.facts.path:
        with as_file(Path(result.facts.path)) as file:
            return file_hash(file)
    return hashlib.sha256(result.analysis.radiograph.pixels.tobytes()).hexdigest()


def rows_of(result: Result, sha256: str) -> FilmRows:
    """The rows of the four tables."""
    facts = result.facts
    if not result.was_read:
        return unmeasured_rows(facts.image, facts.status, ";".join(facts.reasons), facts.error, sha256)
    return analysis_rows(result.analysis, sha256, facts.seconds)


def _pictures(result: Result) -> dict[str, bytes]:
    if not result.was_read:
        return {}
    return mask_files(result.analysis, Path(result.image), MaskFormat.PNG) | overlay_files(result.analysis)


def _save(result: Result, store: ResultStore, out: Path) -> None:
    """One film's rows and pictures in place of what stood for its name."""
    pictures = PreparedPictures(out, files := _pictures(result))
    source = Source(Path(result.facts.path)) if result.facts.path else None
    try:
        remove_pictures(out, result.image)
        store.save(rows_of(result, content_hash(result)), "", files, source)
        pictures.show()
    finally:
        pictures.drop()


def save_results(results: Iterable[Result], folder: str | os.PathLike[str]) -> Path:
    """Write results into a results folder, beside those that it holds; returns the folder.

    Raises NotAResultsFolder for a folder that holds other things of these names, RunStopped where a run measures into
    it, OSError where it cannot be written.
    """
    out = Path(folder).expanduser()
    refuse_foreign(out, [])
    out.mkdir(parents=True, exist_ok=True)
    with owned(out) as store:
        for result in results:
            _save(result, store, out)
        weights = {name: bundle.metadata["weights_sha256"] for name, bundle in BUNDLES.items()}
        facts = {"versions": {"radcaliper": version("radcaliper")}, "weights": weights}
        store.write_run(facts | {"finished": time.strftime("%Y-%m-%dT%H:%M:%S%z")})
        write_outputs(StoredResults(out, store))
    return out
