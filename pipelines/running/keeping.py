"""What becomes of a film's result: its rows in the database and its pictures in their places, or neither."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from radcaliper.pipelines.reading.archives import is_there
from radcaliper.pipelines.results.pictures import PreparedPictures, are_there, remove_pictures
from radcaliper.pipelines.results.store import Known, ResultStore, Source
from radcaliper.pipelines.running.film import FilmResult
from radcaliper.pipelines.running.film_list import FilmFile
from radcaliper.pipelines.running.pseudonyms import Pseudonyms
from radcaliper.pipelines.running.task import FilmTask, fingerprint

log = logging.getLogger(__name__)

_AT_ONCE: Final = 1000
"""Places of films that are written at once."""


@dataclass(frozen=True)
class FilmDone:
    """What became of a film in this run: its status, and whether it was measured, or its earlier result still holds.

    ``first`` says that the results had no such film before.
    """

    image: str
    status: str
    measured: bool = True
    first: bool = False


class Keeper:
    """Writes one run's results; used from one thread.

    ``base`` is the run's own folder, as seen from ``out``. With ``pseudonyms``, nothing says where films are.
    """

    def __init__(self, store: ResultStore, out: Path, base: str, pseudonyms: Pseudonyms | None = None) -> None:
        self._store, self._out, self._base, self._pseudonyms = store, out.resolve(), base, pseudonyms
        self.counts: Counter[str] = Counter()
        """How many of the run's films have each status."""
        self.measured = self.accidents = 0
        self.replaced: set[str] = set()
        """Names that stood for other files before."""
        self._moved: dict[str, Source] = {}

    def known(self, image: str) -> Known | None:
        """What is known of a film."""
        return self._store.known(image)

    def _source(self, film: FilmFile, stamp: str) -> Source:
        if self._pseudonyms is not None:
            return Source(None, stamp=stamp)
        return Source(film.path, "" if film.path.is_absolute() else self._base, stamp)

    def has_pictures(self, film: Known) -> bool:
        """Whether every mask and overlay that was written for a film is still there."""
        return film.pictures is not None and are_there(self._out, film.pictures)

    def keep_known(self, film: FilmFile, known: Known, stamp: str) -> FilmDone:
        """An earlier result still holds: keep it, and where the film lies now."""
        source = self._source(film, stamp)
        if known.missing or known.source != source:
            self._moved[film.image] = source
            if len(self._moved) >= _AT_ONCE:
                self.keep_sources()
        return self._done(FilmDone(film.image, known.status, measured=False))

    def keep(self, task: FilmTask, result: FilmResult | None) -> FilmDone:
        """Keep a film's result in place of an earlier one; None says that the earlier one still holds.

        Whatever kills the run meanwhile: the database holds the former rows or the new ones, no picture of the others
        is there, and one that is missing is made by the next run. Raises OSError or sqlite3.Error.
        """
        image, former = task.film.image, self.known(task.film.image)
        if result is None:
            if former is None:
                raise ValueError(f"{image}: there is no earlier result that could hold")
            return self.keep_known(task.film, former, task.stamp)
        if former is not None and result.gone:
            return self._done(FilmDone(image, former.status, measured=False))
        if former is not None and former.sha256 and result.sha256 and former.sha256 != result.sha256:
            self.replaced.add(image)
        self._write(task, result)
        self._count(image, result)
        return self._done(FilmDone(image, str(result.rows.image["status"]), first=former is None))

    def _write(self, task: FilmTask, result: FilmResult) -> None:
        image, rows = task.film.image, result.rows
        if self._pseudonyms is not None:
            rows = replace(rows, image=rows.image | {"patient": self._pseudonyms.of_patient(result.patient)})
        prepared = PreparedPictures(self._out, result.pictures)
        try:
            remove_pictures(self._out, image)
            follows_from = fingerprint(result.sha256, task.key) if result.judged else ""
            self._store.save(rows, follows_from, result.pictures, self._source(task.film, task.stamp))
            prepared.show()
        finally:
            prepared.drop()

    def _count(self, image: str, result: FilmResult) -> None:
        self.measured += 1
        if result.steps:
            self.accidents += 1
            log.debug("%s: internal error\n%s", image, result.steps)
        log.info("%s: %s", image, result.rows.image["status"])

    def _done(self, done: FilmDone) -> FilmDone:
        self.counts[done.status] += 1
        return done

    def keep_sources(self) -> None:
        """Keep where the films that need not be measured again lie now."""
        if self._moved:
            self._store.write_sources(self._moved)
            self._moved.clear()

    def mark_missing(self) -> int:
        """Mark films whose file is gone, and those whose file is there again; returns how many are gone."""
        gone: list[str] = []
        back: list[str] = []
        count = 0
        for image, source, was_missing in self._store.sources():
            path = source.found(self._out)
            missing = path is not None and not is_there(path)
            count += missing
            if missing != was_missing:
                (gone if missing else back).append(image)
        self._store.mark_missing(gone, True)
        self._store.mark_missing(back, False)
        return count

    def prune(self) -> int:
        """Remove films whose file is gone, but never one of which something was signed; returns how many."""
        images = self._store.to_prune()
        for image in images:
            remove_pictures(self._out, image)
            self._store.remove(image)
        return len(images)
