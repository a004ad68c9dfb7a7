"""What becomes of a film's result: its rows in the database and its pictures in their places, or neither."""

from __future__ import annotations

import logging
from pathlib import Path

from radcaliper.pipelines.reading.archives import is_there
from radcaliper.pipelines.results.pictures import PreparedPictures, are_there, remove_pictures
from radcaliper.pipelines.results.store import Known, ResultStore, Source
from radcaliper.pipelines.running.discover import FilmFile
from radcaliper.pipelines.running.film import FilmResult

log = logging.getLogger(__name__)


class Keeper:
    """Writes one run's results; used from one thread. ``base`` is the run's own folder, as seen from ``out``."""

    def __init__(self, store: ResultStore, out: Path, base: str) -> None:
        self._store, self._out, self._base = store, out, base
        self.known = store.known()
        self.measured = self.accidents = 0
        self.replaced: set[str] = set()
        """Names that stood for other files before."""
        self._moved: dict[str, Source] = {}

    def _source(self, film: FilmFile) -> Source:
        return Source(film.path, "" if film.path.is_absolute() else self._base)

    def has_pictures(self, film: Known) -> bool:
        """Whether every mask and overlay that was written for a film is still there."""
        return film.pictures is not None and are_there(self._out, film.pictures)

    def keep(self, film: FilmFile, result: FilmResult | None, fingerprint: str) -> None:
        """Keep a film's result in place of an earlier one; None says that the earlier one still holds.

        Whatever kills the run meanwhile: the database holds the former rows or the new ones, no picture of the others
        is there, and one that is missing is made by the next run. Raises OSError or sqlite3.Error.
        """
        if result is None:
            self._moved[film.image] = self._source(film)
            return
        if result.gone and film.image in self.known:
            return
        former = self.known.get(film.image)
        if former is not None and former.sha256 and result.sha256 and former.sha256 != result.sha256:
            self.replaced.add(film.image)
        prepared = PreparedPictures(self._out, result.pictures)
        try:
            remove_pictures(self._out, film.image)
            self._store.save(result.rows, fingerprint if result.judged else "", result.pictures, self._source(film))
            prepared.show()
        finally:
            prepared.drop()
        self._count(film, result)

    def _count(self, film: FilmFile, result: FilmResult) -> None:
        self.measured += 1
        if result.steps:
            self.accidents += 1
            log.debug("%s: internal error\n%s", film.image, result.steps)
        log.info("%s: %s", film.image, result.rows.image["status"])

    def keep_sources(self) -> None:
        """Keep where the films that need not be measured again lie now."""
        if self._moved:
            self._store.write_sources(self._moved)
            self._moved.clear()

    def mark_missing(self) -> int:
        """Mark films whose file is gone, and those whose file is there again; returns how many are gone."""
        gone = {image: not is_there(source.found(self._out)) for image, source in self._store.sources().items()}
        for missing in (True, False):
            self._store.mark_missing([image for image, is_gone in gone.items() if is_gone is missing], missing)
        return sum(gone.values())
