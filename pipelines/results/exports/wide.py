"""wide.csv: a row a film and a column a number, with a second table of what its columns are."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import whole_text
from radcaliper.pipelines.results.rows import Cell, Row
from radcaliper.pipelines.results.stored import StoredResult, StoredResults

_FILM: Final = {
    "image": "The film's name.",
    "status": "The film's status: ok, review, refused or failed.",
    "reasons": "Why the film is not ok, as codes.",
    "protocol": "By what it was measured.",
    "view": "Its view.",
    "height": "Rows of the file.",
    "width": "Columns of the file.",
    "spacing_row_mm": "Distance of its rows in mm.",
    "spacing_col_mm": "Distance of its columns in mm.",
}
"""The columns of a film, with what they are."""
_OF_NUMBER: Final = {
    "value": "",
    "lower": "lower end of the 90 % interval",
    "upper": "upper end of the 90 % interval",
    "corrected_value": "as a reviewer corrected it",
    "status": "ok or review",
}
"""The columns of a number: what each adds to its definition."""
_SUFFIX: Final = {"value": "", "corrected_value": "_corrected"}
COLUMNS: Final = ("column", "measurement", "site", "method", "unit", "definition")
"""The columns of wide_columns.csv."""


@dataclass(frozen=True, order=True)
class Number:
    """What tells one number of a film from the others; lengths in mm and in pixels are two."""

    measurement: str
    site: str
    method: str
    unit: str

    @classmethod
    def of(cls, row: Row) -> Number:
        """The number of a row of measurements."""
        return cls(*(str(row[column] or "") for column in ("measurement", "site", "method", "unit")))

    @property
    def spec(self) -> MeasurementSpec | None:
        """Its entry in the catalog; None for one that is there no more."""
        specs = (spec for protocol in PROTOCOLS.values() for spec in protocol.measurements)
        return next((spec for spec in specs if spec.name == self.measurement), None)

    @property
    def column(self) -> str:
        """Its column: measurement, site, method where the catalog has several, and unit unless it is a ratio."""
        spec = self.spec
        method = self.method if spec is None or len(spec.methods) > 1 else ""
        unit = "" if self.unit == "ratio" else self.unit
        return "_".join(filter(None, (self.measurement, self.site, method, unit)))


def _columns_of(number: Number) -> dict[str, str]:
    """By column of measurements.csv, that of wide.csv."""
    return {each: number.column + _SUFFIX.get(each, f"_{each}") for each in _OF_NUMBER}


def _described(number: Number) -> Iterator[Sequence[str]]:
    """The rows of wide_columns.csv about a number."""
    definition = "" if number.spec is None else number.spec.definition
    for each, column in _columns_of(number).items():
        unit = "" if each == "status" else number.unit
        words = " ".join(filter(None, (definition, _OF_NUMBER[each] and f"({_OF_NUMBER[each]})")))
        yield column, number.measurement, number.site, number.method, unit, words


def _cells(film: StoredResult) -> dict[str, Cell]:
    """A film's row by column."""
    cells = {column: film.row[column] for column in _FILM}
    for row in film.measurements:
        if row["unit"]:
            cells |= {column: row[each] for each, column in _columns_of(Number.of(row)).items()}
    return cells


def write_wide(results: StoredResults, folder: Path) -> Exported:
    """Write ``wide.csv`` and ``wide_columns.csv``. A number that was refused has no cell in its film's row."""
    numbers = [Number(*each) for each in results.store.numbers()]
    columns = [*_FILM, *(column for number in numbers for column in _columns_of(number).values())]
    with whole_text(folder / "wide_columns.csv") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((column, "", "", "", "", words) for column, words in _FILM.items())
        writer.writerows(row for number in numbers for row in _described(number))
    films = 0
    with whole_text(folder / "wide.csv") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        for film in results.films():
            table.writerow(_cells(film))
            films += 1
    return Exported(folder / "wide.csv", films)
