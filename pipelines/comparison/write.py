"""changes.csv and changes/: the comparison of a results folder's patients, written beside its tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from radcaliper.pipelines.comparison.folder import PatientFilms
from radcaliper.pipelines.comparison.plot import trend_figure
from radcaliper.pipelines.comparison.table import COLUMNS
from radcaliper.pipelines.results.files import write_whole, write_whole_bytes
from radcaliper.pipelines.results.names import place_of, spelled
from radcaliper.pipelines.results.rows import Row

TABLE: Final = "changes.csv"
FOLDER: Final = "changes"
_DPI: Final = 110


def write_changes(out: Path, rows: Iterable[Row]) -> None:
    """Write changes.csv in ``out``."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(out / TABLE, text.getvalue())


def write_trends(out: Path, patients: Sequence[PatientFilms]) -> int:
    """Write ``changes/<patient>.png`` for each patient with a number on several films; returns how many there are."""
    count = 0
    for patient in patients:
        if (figure := trend_figure(patient)) is not None:
            path = out / FOLDER / place_of(spelled(patient.patient).replace("/", "_"), ".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = io.BytesIO()
            figure.savefig(content, format="png", dpi=_DPI)
            write_whole_bytes(path, content.getvalue())
            count += 1
    return count
