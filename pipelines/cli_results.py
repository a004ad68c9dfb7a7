"""Commands on results folders: what is written from them anew, without measuring."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radcaliper.pipelines.cli_words import say, stop
from radcaliper.pipelines.results.exports.registry import EXPORTERS, FOLDER

if TYPE_CHECKING:
    from radcaliper.pipelines.results.exports.registry import Exported


def _tell(name: str, exported: Exported) -> None:
    left_out = "".join(f"; {count} left out: {why}" for why, count in sorted(exported.left_out.items()))
    say(f"{name}: {exported.films} films in {exported.place}{left_out}")


def _export(out: Path, names: list[str]) -> None:
    """Write the tables, or the formats that are named. Raises typer.Exit where that cannot be."""
    from radcaliper.pipelines.results.database import DatabaseBusy
    from radcaliper.pipelines.results.outputs import write_outputs
    from radcaliper.pipelines.results.schema import NewerResults, NotOurs
    from radcaliper.pipelines.results.stored import open_results

    try:
        with open_results(out) as results:
            if not names:
                write_outputs(results)
                say(f"results: {out / 'images.csv'} and {out / 'report.html'}")
            for name in names:
                (out / FOLDER).mkdir(exist_ok=True)
                _tell(name, EXPORTERS[name].load()(results, out / FOLDER))
    except (NewerResults, NotOurs) as error:
        raise stop(f"{out}: {error}") from error
    except (OSError, sqlite3.Error, DatabaseBusy) as error:
        raise stop(f"{out} cannot be written: {error}", 3) from error


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A results folder.")],
    wide: Annotated[
        bool, typer.Option("--wide", help="wide.csv: a row a film, a column a number; wide_columns.csv: what they are.")
    ] = False,
) -> None:
    """Write a results folder's tables anew, or its results in other formats in OUT/export; nothing is measured."""
    from radcaliper.pipelines.results.ownership import is_results_folder

    asked = {"wide": wide}
    names = [name for name, wanted in asked.items() if wanted]
    if not is_results_folder(out):
        raise stop(f"{out} holds no results of radcaliper")
    for exporter in (EXPORTERS[name] for name in names):
        if exporter.lacking:
            raise stop(f'--{exporter.name} needs {exporter.package}: pip install "radcaliper[{exporter.extra}]"')
    _export(out, names)
