"""All files that are written from the database of a results folder: at once, or what was added since."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from radcaliper.pipelines.results.corrected import write_corrected
from radcaliper.pipelines.results.files import write_whole
from radcaliper.pipelines.results.report.page import write_report
from radcaliper.pipelines.results.rows import COLUMNS
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.results.tables import write_tables

_WRITTEN: Final = "written"
"""Under which name the database keeps of which state the files are."""
REPORT: Final = "report.html"


def _sizes(out: Path) -> dict[str, int]:
    """The bytes of each table; -1 for one that is not there."""
    files = {table: out / f"{table}.csv" for table in COLUMNS}
    return {table: file.stat().st_size if file.is_file() else -1 for table, file in files.items()}


def are_up_to_date(results: StoredResults) -> bool:
    """Whether the files show what the database holds, as far as their sizes tell."""
    state = {"changes": results.store.changes(), "sizes": _sizes(results.out)}
    return (results.out / REPORT).is_file() and results.store.read_fact(_WRITTEN) == state


def write_run(results: StoredResults) -> None:
    """run.json."""
    write_whole(results.out / "run.json", json.dumps(results.run(), indent=2) + "\n")


def write_outputs(results: StoredResults) -> None:
    """The four tables, run.json, ``corrected/`` and report.html."""
    changes = results.store.changes()  # what comes meanwhile counts as later
    write_tables(results.store, results.out)
    sizes = _sizes(results.out)
    write_run(results)
    write_corrected(results.store, results.out)
    write_report(results)
    results.store.write_fact(_WRITTEN, {"changes": changes, "sizes": sizes})


def _lines(store: ResultStore, table: str, images: Iterable[str]) -> str:
    text = io.StringIO()
    rows = (row for image in images for row in store.automatic_cells(table, image))
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


class GrowingTables:
    """Tables to which a run adds films that are new, at their end, until they are written anew by name."""

    def __init__(self, results: StoredResults) -> None:
        self._results = results
        self._sizes: dict[str, int] = _sizes(results.out) if are_up_to_date(results) else {}

    @property
    def may_grow(self) -> bool:
        """Whether the tables are those that were written here last: another program may have written them anew."""
        return bool(self._sizes) and self._sizes == _sizes(self._results.out)

    def add(self, images: Iterable[str]) -> None:
        """Add the rows of films that the tables do not have."""
        names = list(images)
        for table in COLUMNS:
            with (self._results.out / f"{table}.csv").open("a", encoding="utf-8", newline="") as file:
                file.write(_lines(self._results.store, table, names))
        self._sizes = _sizes(self._results.out)

    def write_anew(self) -> None:
        """Write all that is written from the database."""
        write_outputs(self._results)
        self._sizes = _sizes(self._results.out)
