"""The list of films by patient and date that a user writes: a CSV file with the columns image, patient and date."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

_COLUMNS: Final = ("image", "patient", "date")
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class BadVisits(ValueError):
    """A list of films that cannot be used; the message is one line for the user."""


class Visit(BaseModel):
    """One film of a patient: its name in the results, whose it is, and when it was taken."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    image: _Text
    patient: _Text
    date: Annotated[date, BeforeValidator(date.fromisoformat)]


def _visit(row: Mapping[str, str], number: int, path: Path) -> Visit:
    try:
        return Visit.model_validate({column: row[column] or "" for column in _COLUMNS})
    except ValidationError as error:
        column = error.errors()[0]["loc"][0]
        wanted = "a date as 2026-11-25" if column == "date" else "some text"
        raise BadVisits(f"{path}, line {number}: {column} is {row[str(column)]!r}, not {wanted}") from error


def read_visits(path: Path) -> tuple[Visit, ...]:
    """Read the list of films; further columns are passed over.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8 with the columns ``image`` (as in images.csv), ``patient`` and ``date`` (ISO 8601).

    Returns
    -------
    tuple[Visit, ...]
        Its films, in the file's order.

    Raises
    ------
    BadVisits
        Where the file cannot be read, a column is missing, a cell is not what it should be, or a film is named twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            if missing := [column for column in _COLUMNS if column not in (table.fieldnames or ())]:
                raise BadVisits(f"{path} has no column {' and no column '.join(missing)}")
            visits = tuple(_visit(row, table.line_num, path) for row in table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadVisits(f"{path} cannot be read as a CSV file in UTF-8: {error}") from error
    twice = [image for image, count in Counter(visit.image for visit in visits).items() if count > 1]
    if twice:
        raise BadVisits(f"{path} names {twice[0]} twice")
    return visits


def by_patient(visits: Iterable[Visit]) -> dict[str, tuple[Visit, ...]]:
    """The films of each patient, the earliest first."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        found[visit.patient].append(visit)
    return {patient: tuple(sorted(films, key=lambda visit: visit.date)) for patient, films in sorted(found.items())}


def compared_pairs(films: tuple[Visit, ...]) -> list[tuple[Visit, Visit]]:
    """Which films of a patient are compared: each with the one before, and the last one with the first."""
    pairs = list(pairwise(films))
    return pairs if len(films) < 3 else [*pairs, (films[0], films[-1])]
