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
