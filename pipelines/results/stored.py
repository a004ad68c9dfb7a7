"""The films of a results folder one after another, each with all of its rows: memory does not grow with the folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from radcaliper.measurements.types import Mask
from radcaliper.pipelines.results.database import DATABASE
from radcaliper.pipelines.results.masks import decoded_mask, read_masks
from radcaliper.pipelines.results.rows import Row
from radcaliper.pipelines.results.store import ResultStore

_OF_FILMS: Final = ("structures", "measurements", "landmarks")
"""The tables with several rows a film."""


@dataclass(frozen=True)
class StoredResult:
    """One film as the four tables tell of it, in the contract's columns, and where its file is.

    ``file`` is None where the results do not say it; it may be gone.
    """

    row: Row
    structures: tuple[Row, ...]
    measurements: tuple[Row, ...]
    landmarks: tuple[Row, ...]
    file: Path | None = None

    @property
    def image(self) -> str:
        """The film's name in the results."""
        return str(self.row["image"])

    @property
    def measured(self) -> bool:
        """Whether there is something besides the row of images: not for a film that was refused or failed."""
        return self.row["status"] in ("ok", "review")


class _RowsByImage:
    """The rows of one table, which come by image, handed out film by film."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, image: str) -> tuple[Row, ...]:
        """The rows of a film; films are asked for in their order."""
        found = []
        while self._next is not None and str(self._next["image"]) <= image:
            if self._next["image"] == image:
                found.append(self._next)
            self._next = next(self._rows, None)
        return tuple(found)


class StoredResults:
    """A results folder as exporters read it; used from one thread."""

    def __init__(self, out: Path, store: ResultStore) -> None:
        self.out = out
        self._root = out.resolve()
        self.store = store

    def films(self) -> Iterator[StoredResult]:
        """All films by name, as they stood when the first was asked for; may be called again."""
        with self.store.snapshot():
            tables = [_RowsByImage(self.store.rows(table)) for table in _OF_FILMS]
            for row in self.store.rows("images"):
                image = str(row["image"])
                structures, measurements, landmarks = (table.of(image) for table in tables)
                yield StoredResult(
                    row, structures, measurements, landmarks, self.store.source_of(image).found(self._root)
                )

    def masks(self, film: StoredResult) -> dict[str, Mask]:
        """A film's masks (H, W) on its file's pixels, by structure: a reviewer's where one was signed."""
        automatic = read_masks(self.out, film.image) if film.measured else {}
        signed = self.store.corrected_masks(film.image)
        return automatic | {name: decoded_mask(png) for name, png in signed.items()}

    def run(self) -> dict[str, Any]:
        """What is known of the last run, as run.json has it."""
        return self.store.read_run()


@contextmanager
def open_results(out: Path) -> Iterator[StoredResults]:
    """The results in a folder; NewerResults, NotOurs, OSError or sqlite3.Error where they cannot be opened."""
    with closing(ResultStore(out / DATABASE)) as store:
        yield StoredResults(out, store)
