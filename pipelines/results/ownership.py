"""Whether a folder holds results of radcaliper, and whether results may be written into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from radcaliper.pipelines.results.database import DATABASE
from radcaliper.pipelines.results.schema import NewerResults, NotOurs, version_of

_OUR_NAMES: Final = (
    DATABASE,
    "images.csv",
    "structures.csv",
    "measurements.csv",
    "landmarks.csv",
    "run.json",
    "report.html",
    "masks",
    "overlays",
    "thumbnails",
    "corrected",
    "changes.csv",
    "changes",
)


class NotAResultsFolder(ValueError):
    """Results cannot go into this folder; the message is one line, and nothing was touched."""


def is_results_folder(folder: Path) -> bool:
    """Whether a folder holds results of this or of another version."""
    database = folder / DATABASE
    try:
        if not database.is_file():
            return False
        return _version(database) > 0
    except NewerResults:
        return True
    except (NotOurs, OSError, sqlite3.Error):
        return False


def _version(database: Path) -> int:
    """The schema's version, read without leaving a trace; 0 for an empty database."""
    in_use = database.with_name(f"{database.name}-wal").exists()  # else SQLite would make its helpers beside it
    how = "mode=ro" if in_use else "immutable=1"
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?{how}", uri=True)) as connection:
        return version_of(connection)


def refuse_foreign(out: Path, films: Sequence[Path]) -> None:
    """Raise NotAResultsFolder where ``out`` is one of the folders of films, or holds files of our names by others."""
    if not out.exists():
        return
    if not out.is_dir():
        raise NotAResultsFolder(f"{out} is not a folder")
    try:
        version = _version(out / DATABASE) if (out / DATABASE).exists() else 0
    except (NewerResults, NotOurs) as error:
        raise NotAResultsFolder(f"{out}: {error}") from error
    except (OSError, sqlite3.Error):  # busy, or not to be read: whoever opens it will say so
        return
    if any(out.resolve() == folder.resolve() for folder in films):
        raise NotAResultsFolder(f"{out} is the folder of films itself: choose another one for the results")
    if version:
        return
    empty = (out / DATABASE).exists() and (out / DATABASE).stat().st_size == 0  # of a run that was killed at once
    foreign = [name for name in _OUR_NAMES if (out / name).exists() and not (empty and name == DATABASE)]
    if foreign:
        raise NotAResultsFolder(
            f"{out} is no results folder of radcaliper, but holds {', '.join(foreign)}: nothing was touched,"
            " choose another folder"
        )
