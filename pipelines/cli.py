"""The command line. Heavy imports sit inside the commands, so that ``--help`` is instant."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radcaliper.pipelines.running.batch import BatchOptions
    from radcaliper.pipelines.running.discover import FilmFile

app = typer.Typer(
    name="radcaliper",
    help="From radiographs to anatomical masks and measurements, each with its uncertainty. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class ProtocolName(StrEnum):
    """Which kind of film to measure; auto decides by content."""

    AUTO = "auto"
    CHEST = "chest"
    SPINE = "spine"
    HIP = "hip"


class EvaluatedName(StrEnum):
    """Whose figures; auto is every protocol's."""

    AUTO = "auto"
    CHEST = "chest"
    SPINE = "spine"
    HIP = "hip"
    VIEW = "view"


class MaskChoice(StrEnum):
    """How masks are written."""

    PNG = "png"
    SEG = "seg"
    RLE = "rle"
    NONE = "none"


def say(words: str) -> None:
    """One line on stderr."""
    typer.echo(words, err=True)


def _stop(words: str) -> typer.Exit:
    say(f"radcaliper: {words}")
    return typer.Exit(2)


def _must_have_weights(protocol: ProtocolName | EvaluatedName) -> None:
    from radcaliper.models.registry import BUNDLES
    from radcaliper.pipelines.protocols.registry import PROTOCOLS

    if protocol.value not in {"auto", *PROTOCOLS} and not (protocol.value == "view" and "view" in BUNDLES):
        raise _stop(f"this version has no weights for --protocol {protocol.value}, only for {', '.join(PROTOCOLS)}")


@contextmanager
def _progress(total: int) -> Iterator[object]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("measuring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("measuring", total=total)
        yield lambda: progress.advance(task)


def _measure(films: tuple[FilmFile, ...], out: Path, options: BatchOptions) -> int:
    """Measure, tell how it went, and return the exit status."""
    from radcaliper.pipelines.running.batch import measure_films

    try:
        with _progress(len(films)) as advance:
            counts = measure_films(films, out, options, advance)  # type: ignore[arg-type]
    except KeyboardInterrupt:
        say(f"interrupted: what was measured is in {out}; the same command goes on from there")
        return 1
    except (OSError, sqlite3.Error) as error:
        say(f"radcaliper: {out} cannot be written: {error}")
        return 1
    say(", ".join(f"{counts[status]} {status}" for status in ("ok", "review", "refused", "failed")))
    say(f"results: {out / 'images.csv'} and {out / 'report.html'}")
    return 1 if counts["failed"] else 0


@app.command()
def measure(  # noqa: PLR0913  the command line's options are the contract's
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Radiographs, or folders of them.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    protocol: Annotated[ProtocolName, typer.Option(help="Kind of film.")] = ProtocolName.AUTO,
    spacing: Annotated[float | None, typer.Option(metavar="MM", help="Pixel spacing in mm, over the files'.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Films measured at a time [default: one a core].")] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler to measure on.")] = None,
    resume: Annotated[bool, typer.Option("--resume/--fresh", help="Go on from OUT's results, or measure anew.")] = True,
    masks: Annotated[MaskChoice, typer.Option(help="How to write masks.")] = MaskChoice.PNG,
    overlays: Annotated[bool, typer.Option("--overlays/--no-overlays", help="Draw an overlay of each film.")] = True,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Thresholds of the status rules (docs/settings.md).")
    ] = None,
) -> None:
    """Measure radiographs: masks, qualities, measurements with intervals, overlays and CSV tables in OUT."""
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise _stop(f"{missing} does not exist")
    if out.exists() and not out.is_dir():
        raise _stop(f"{out} is not a folder")
    if spacing is not None and not 0 < spacing < 100:
        raise _stop(f"--spacing {spacing}: the pixel spacing is in mm, above 0 and below 100")
    if scheduler is not None and find_spec("distributed") is None:
        raise _stop('--scheduler needs Dask: pip install "radcaliper[dask]"')
    if masks is MaskChoice.SEG and find_spec("highdicom") is None:
        raise _stop('--masks seg needs highdicom: pip install "radcaliper[dicom]"')
    _must_have_weights(protocol)
    from radcaliper.pipelines.settings import BadSettings, read_settings

    try:
        rules = read_settings(settings)
    except BadSettings as error:
        raise _stop(str(error)) from error
    from radcaliper.pipelines.running.discover import find_films

    found = find_films(paths, out)
    for folder in found.closed:
        say(f"{folder} cannot be searched: no permission")
    if found.passed_over:
        say(f"{found.passed_over} files passed over: not images by their names")
    if not found.films:
        raise _stop("no radiographs found")
    from radcaliper.pipelines.results.masks import MaskFormat
    from radcaliper.pipelines.running.batch import BatchOptions
    from radcaliper.pipelines.running.film import FilmOptions

    film = FilmOptions(protocol.value, spacing, MaskFormat(masks.value), overlays, rules)
    options = BatchOptions(film, workers or os.cpu_count() or 1, resume, scheduler)
    raise typer.Exit(_measure(found.films, out, options))


@app.command()
def models() -> None:
    """List the bundles: version, hash, licence, figures."""
    from radcaliper.models.registry import BUNDLES

    for bundle in BUNDLES.values():
        metadata = bundle.metadata
        typer.echo(f"{bundle.name} {metadata['version']}  sha256 {metadata['weights_sha256']}")
        typer.echo(f"  licence: {metadata['license']}")
        typer.echo(f"  card: {bundle.folder / 'docs' / 'README.md'}")
        for figure in metadata["figures"]:
            typer.echo(f"  {figure}")


@app.command()
def evaluate(  # noqa: PLR0913  the command line's options are the contract's
    datasets: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="Folders of labelled films.")],
    protocol: Annotated[EvaluatedName, typer.Option(help="Which protocol's figures.")] = EvaluatedName.AUTO,
    every_film: Annotated[
        bool, typer.Option("--every-film", help="Also films that the weights were trained on.")
    ] = False,
    scores: Annotated[Path | None, typer.Option(metavar="CSV", help="Write each film's scores there.")] = None,
    quality: Annotated[
        bool, typer.Option("--quality", help="Judge predicted Dice, bounds, intervals and abstention instead.")
    ] = False,
    figures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --quality: write its tables and curves there.")
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --protocol view: judge every film by that fold's weights."),
    ] = None,
) -> None:
    """Print the figures on labelled films: by default only those that the shipped weights never saw."""
    _must_have_weights(protocol)
    missing = next((path for path in datasets if not path.is_dir()), None)
    if missing is not None:
        raise _stop(f"{missing} is not a folder")
    if figures is not None and find_spec("matplotlib") is None:
        raise _stop('--figures needs matplotlib: pip install "radcaliper[figures]"')
    if quality and (every_film or scores is not None):
        raise _stop("--quality judges held-out films, and goes with neither --every-film nor --scores")
    if figures is not None and not quality:
        raise _stop("--figures goes with --quality")
    if folds is not None and (protocol is not EvaluatedName.VIEW or quality):
        raise _stop("--folds goes with --protocol view alone")
    try:
        if folds is not None:
            from radcaliper.learning.evaluate import evaluate_folds

            evaluate_folds(datasets, folds, scores)
        elif quality:
            from radcaliper.learning.quality.evaluate import evaluate_quality

            evaluate_quality(datasets, protocol.value, figures)
        else:
            from radcaliper.learning.evaluate import evaluate_datasets

            evaluate_datasets(datasets, protocol.value, every_film, scores)
    except (FileNotFoundError, ValueError) as error:
        raise _stop(str(error)) from error
