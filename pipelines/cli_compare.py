"""``radcaliper compare``: a patient's numbers from film to film."""

from __future__ import annotations

import sqlite3
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radcaliper.pipelines.cli_words import STOPPED, say, stop

if TYPE_CHECKING:
    from radcaliper.pipelines.comparison.folder import PatientFilms


def _patients(out: Path, by: Path) -> tuple[PatientFilms, ...]:
    """The films of each patient with several. Raises typer.Exit."""
    from radcaliper.pipelines.comparison.folder import patients_of
    from radcaliper.pipelines.comparison.visits import BadVisits, read_visits
    from radcaliper.pipelines.results.database import DatabaseBusy
    from radcaliper.pipelines.results.ownership import is_results_folder
    from radcaliper.pipelines.results.schema import NewerResults, NotOurs

    if not is_results_folder(out):
        raise stop(f"{out} holds no results of radcaliper")
    try:
        patients = patients_of(out, read_visits(by))
    except BadVisits as error:
        raise stop(str(error)) from error
    except (NewerResults, NotOurs) as error:
        raise stop(f"{out}: {error}") from error
    except (OSError, sqlite3.Error, DatabaseBusy) as error:
        raise stop(f"{out} cannot be read: {error}", STOPPED) from error
    if not patients:
        raise stop(f"{by} names no patient with two films")
    return patients


def compare(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A results folder.")],
    by: Annotated[Path, typer.Option(metavar="FILE", help="A CSV file with the columns image, patient and date.")],
) -> None:
    """Compare the films of each patient over time: OUT/changes.csv, and a picture of each patient's numbers."""
    from radcaliper.pipelines.comparison.write import FOLDER, TABLE, write_changes, write_trends

    patients = _patients(out, by)
    rows = [row for patient in patients for row in patient.rows()]
    can_draw = find_spec("matplotlib") is not None
    try:
        write_changes(out, rows)
        pictures = write_trends(out, patients) if can_draw else 0
    except OSError as error:
        raise stop(f"{out} cannot be written: {error.strerror}", STOPPED) from error
    verdicts = Counter(row["verdict"] for row in rows)
    say(f"{len(patients)} patients: " + ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()))
    say(f"changes: {out / TABLE}" + (f" and {out / FOLDER}/" if pictures else ""))
    if not can_draw:
        say('no pictures: they need matplotlib, pip install "radcaliper[figures]"')
