"""Commands on results folders: what is written from them anew, without measuring."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radcaliper.pipelines.cli_words import STOPPED, say, stop
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
        raise stop(f"{out} cannot be written: {error}", STOPPED) from error


def export(  # noqa: PLR0913  an option for each format
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A results folder.")],
    wide: Annotated[bool, typer.Option("--wide", help="A table with a row a film and a column a number.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="The four tables as Parquet files.")] = False,
    json: Annotated[bool, typer.Option("--json", help="A JSON document of each film, with its schema.")] = False,
    coco: Annotated[bool, typer.Option("--coco", help="Boxes and masks of every structure, in COCO's format.")] = False,
    rle: Annotated[bool, typer.Option("--rle", help="Lungs and heart as run lengths, in CheXmask's columns.")] = False,
    seg_nrrd: Annotated[bool, typer.Option("--seg-nrrd", help="Segmentations for 3D Slicer.")] = False,
    roi: Annotated[bool, typer.Option("--roi", help="Films cropped to the lungs, and all dark but the lungs.")] = False,
    dicom_seg: Annotated[bool, typer.Option("--dicom-seg", help="A DICOM Segmentation of each DICOM film.")] = False,
    sr: Annotated[bool, typer.Option("--sr", help="A DICOM structured report of each DICOM film (TID 1500).")] = False,
) -> None:
    """Write a results folder's tables anew, or its results in other formats in OUT/export; nothing is measured."""
    from radcaliper.pipelines.results.ownership import is_results_folder

    asked = {
        "wide": wide,
        "parquet": parquet,
        "json": json,
        "coco": coco,
        "rle": rle,
        "seg-nrrd": seg_nrrd,
        "roi": roi,
        "dicom-seg": dicom_seg,
        "sr": sr,
    }
    names = [name for name, wanted in asked.items() if wanted]
    if not is_results_folder(out):
        raise stop(f"{out} holds no results of radcaliper")
    for exporter in (EXPORTERS[name] for name in names):
        if exporter.lacking:
            raise stop(f'--{exporter.name} needs {exporter.package}: pip install "radcaliper[{exporter.extra}]"')
    _export(out, names)


def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="OUT...", help="Results folders, as of the shards of a run.")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for all of them (default: the first of them).")
    ] = None,
) -> None:
    """Put results folders together: films, masks, overlays, and what was signed; then write the tables."""
    from radcaliper.pipelines.results.ownership import NotAResultsFolder, is_results_folder, refuse_foreign

    strange = next((folder for folder in folders if not is_results_folder(folder)), None)
    if strange is not None:
        raise stop(f"{strange} holds no results of radcaliper")
    into = folders[0] if out is None else out
    try:
        refuse_foreign(into, [])
    except NotAResultsFolder as error:
        raise stop(str(error)) from error
    _merge([folder for folder in folders if folder.resolve() != into.resolve()], into)


def _merge(folders: list[Path], into: Path) -> None:
    """Merge and tell of it. Raises typer.Exit where that cannot be."""
    from radcaliper.pipelines.results.database import DatabaseBusy
    from radcaliper.pipelines.results.merging import CannotMerge, merge_results
    from radcaliper.pipelines.results.outputs import write_outputs
    from radcaliper.pipelines.results.schema import NewerResults, NotOurs
    from radcaliper.pipelines.results.stored import open_results
    from radcaliper.pipelines.running.faults import RunStopped
    from radcaliper.pipelines.running.lock import owned

    try:
        into.mkdir(parents=True, exist_ok=True)
        with owned(into):
            merged = merge_results(folders, into)
        with open_results(into) as results:
            write_outputs(results)
            films = results.store.count()
    except (CannotMerge, NewerResults, NotOurs) as error:
        raise stop(str(error)) from error
    except RunStopped as error:
        raise stop(str(error), STOPPED) from error
    except (OSError, sqlite3.Error, DatabaseBusy) as error:
        raise stop(f"{into} cannot be written: {error}", STOPPED) from error
    say(f"{merged.films} films and {merged.reviews} reviews taken over; {films} films in {into}")
