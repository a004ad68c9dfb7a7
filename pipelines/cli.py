"""The command line. Heavy imports sit inside the commands, so that ``--help`` is instant."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from radcaliper.models.inference.computing import Computing
from radcaliper.pipelines.cli_compare import compare
from radcaliper.pipelines.cli_computing import Device, Engine, Precision, check_computing
from radcaliper.pipelines.cli_given import PROTOCOL_LIST, bundles_in, protocol_name, rules_of_file
from radcaliper.pipelines.cli_learning import calibrate, evaluate, stress, train
from radcaliper.pipelines.cli_results import export, merge
from radcaliper.pipelines.cli_running import logging, measure_and_tell, worker_processes_of
from radcaliper.pipelines.cli_words import STOPPED, say, stop
from radcaliper.pipelines.results.formats import MaskFormat

if TYPE_CHECKING:
    from radcaliper.pipelines.running.discover import Found
    from radcaliper.pipelines.running.pseudonyms import Pseudonyms

app = typer.Typer(
    name="radcaliper",
    help="From radiographs to anatomical masks and measurements, each with its uncertainty. Not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Films to results: radcaliper measure films/ -o results/. Pages: docs/start.md.",
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"radcaliper {version('radcaliper')}")
        raise typer.Exit


@app.callback()
def radcaliper(
    _: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """From radiographs to anatomical masks and measurements, each with its uncertainty. Not a medical device."""


_HOW: Final = "How films are measured"
_WRITTEN: Final = "What is written"
_WHICH: Final = "Which films"
_AGAIN: Final = "Going on with an earlier run"
_WHERE: Final = "Where films are measured"
_TOLD: Final = "What is told"
"""The groups of options in ``measure --help``."""


@dataclass(frozen=True)
class Shard:
    """One of ``count`` parts of a run's films; ``index`` counts from 0."""

    index: int
    count: int


def shard_of(words: str) -> Shard:
    """The shard that ``I/N`` names."""
    index, slash, count = words.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise typer.BadParameter(f"{words!r} is not I/N with I from 1 to N")
    return Shard(int(index) - 1, int(count))


def _names_by(key: Path, out: Path) -> Pseudonyms:
    """Pseudonyms by the key in a file, which must not lie among the results. Raises typer.Exit."""
    from radcaliper.pipelines.running.pseudonyms import BadKey, read_key

    if key.resolve().is_relative_to(out.resolve()):
        raise stop(f"{key} lies in the results folder: whoever has that would have the key")
    try:
        return read_key(key)
    except BadKey as error:
        raise stop(str(error)) from error


def _found(paths: list[Path], out: Path) -> Found:
    """The films in the paths that were given, with a word on what is not measured. Raises typer.Exit where none is."""
    from radcaliper.pipelines.results.ownership import NotAResultsFolder, refuse_foreign
    from radcaliper.pipelines.running.discover import NothingThere, find_films

    try:
        refuse_foreign(out, paths)
        found = find_films(paths, out)
    except (NotAResultsFolder, NothingThere) as error:
        raise stop(str(error)) from error
    for folder in found.closed:
        say(f"{folder} cannot be searched: no permission")
    for folder in found.results:
        say(f"{folder} holds results of radcaliper and is not searched")
    if found.passed_over:
        say(f"{found.passed_over} files passed over: not images by their names")
    if not found.films:
        raise stop("no radiographs found")
    return found


@app.command(epilog="Examples: measure films/ -o results/ · measure @list.txt -o results/ --protocol spine --workers 4")
def measure(  # noqa: PLR0913  the command line's options are the contract's
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Radiographs, folders, zip archives, DICOMDIRs, quoted patterns, or lists as @list.txt.",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    protocol: Annotated[
        str,
        typer.Option(
            parser=protocol_name, metavar=PROTOCOL_LIST, help="Kind of film; auto decides.", rich_help_panel=_HOW
        ),
    ] = "auto",
    spacing: Annotated[
        float | None, typer.Option(metavar="MM", help="Pixel spacing in mm, over the files'.", rich_help_panel=_HOW)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Films measured at a time (default: one a core).", rich_help_panel=_WHERE)
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="A Dask scheduler to measure on; local: processes here.", rich_help_panel=_WHERE
        ),
    ] = None,
    device: Annotated[
        Device,
        typer.Option(
            help="Where networks are computed; auto: a graphics processor if there is one.", rich_help_panel=_WHERE
        ),
    ] = Device.CPU,
    engine: Annotated[
        Engine,
        typer.Option(
            help="What computes them; auto: ONNX Runtime, torch on a graphics processor.", rich_help_panel=_WHERE
        ),
    ] = Engine.AUTO,
    precision: Annotated[
        Precision,
        typer.Option(
            help="auto: int8 by ONNX Runtime, float32 by others; bf16: by openvino or torch (docs/speed.md).",
            rich_help_panel=_WHERE,
        ),
    ] = Precision.AUTO,
    resume: Annotated[
        bool,
        typer.Option("--resume/--fresh", help="Go on from OUT's results, or measure anew.", rich_help_panel=_AGAIN),
    ] = True,
    masks: Annotated[MaskFormat, typer.Option(help="How to write masks.", rich_help_panel=_WRITTEN)] = MaskFormat.PNG,
    overlays: Annotated[
        bool, typer.Option("--overlays/--no-overlays", help="Draw an overlay of each film.", rich_help_panel=_WRITTEN)
    ] = True,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Thresholds of the status rules (docs/settings.md).", rich_help_panel=_HOW
        ),
    ] = None,
    bundle: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="BUNDLE",
            help="Also find what this bundle of your own does (train); may be given again.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed",
            help="Read films again that could not be read, though they are the same.",
            rich_help_panel=_AGAIN,
        ),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Read films that look the same by size and time, to see that they are.",
            rich_help_panel=_AGAIN,
        ),
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="Remove films whose file is gone; never one that somebody signed.", rich_help_panel=_AGAIN
        ),
    ] = False,
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYFILE", help="Hashes by this key in place of names (docs/privacy.md).", rich_help_panel=_WRITTEN
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Measure the first N films alone.", rich_help_panel=_WHICH)
    ] = None,
    shard: Annotated[
        Shard | None,
        typer.Option(
            parser=shard_of,
            metavar="I/N",
            help="Measure the I-th of N parts, each into an OUT of its own.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a log there, errors with their places.", rich_help_panel=_TOLD),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="A line for each film on stderr.", rich_help_panel=_TOLD)
    ] = False,
) -> None:
    """Measure radiographs: masks, qualities, measurements with intervals, overlays and CSV tables in OUT."""
    if spacing is not None and not 0 < spacing < 100:
        raise stop(f"--spacing {spacing}: the pixel spacing is in mm, above 0 and below 100")
    if scheduler is not None and find_spec("distributed") is None:
        raise stop('--scheduler needs Dask: pip install "radcaliper[dask]"')
    if masks is MaskFormat.SEG and find_spec("highdicom") is None:
        raise stop('--masks seg needs highdicom: pip install "radcaliper[dicom]"')
    if masks is MaskFormat.SEG and pseudonyms is not None:
        raise stop("--masks seg names the patient, and --pseudonyms no one")
    computing = Computing(device.value, engine.value, precision.value)
    if scheduler is None:
        check_computing(computing)
    rules, own = rules_of_file(settings), bundles_in(bundle or [])
    names = None if pseudonyms is None else _names_by(pseudonyms, out)
    found = _found(paths, out)
    if shard is not None:
        found.films.keep_shard(shard.index, shard.count)
    if limit is not None:
        found.films.keep_first(limit)
    if names is not None:
        found.films.rename(names.of_image)
    from radcaliper.pipelines.running.workers import available_cores

    at_once = workers or available_cores()
    with logging(log, verbose), worker_processes_of(at_once, len(found.films), scheduler, computing) as processes:
        from radcaliper.pipelines.running.batch import BatchOptions
        from radcaliper.pipelines.running.film import FilmOptions

        film = FilmOptions(protocol, spacing, masks, overlays, rules, patients=names is not None, own_bundles=own)
        options = BatchOptions(film, at_once, resume, scheduler, retry_failed, verify, prune, computing)
        raise typer.Exit(measure_and_tell(found.films, out, options, names, processes))


app.command()(export)
app.command()(merge)
app.command()(compare)
app.command()(train)


@app.command()
def models() -> None:
    """List the bundles: version, hash, licence, figures."""
    from radcaliper.models.registry import BUNDLES, BrokenBundle

    try:
        described = [(bundle, bundle.metadata) for bundle in BUNDLES.values()]
    except BrokenBundle as error:
        raise stop(str(error), STOPPED) from error
    for bundle, metadata in described:
        typer.echo(f"{bundle.name} {metadata['version']}  sha256 {metadata['weights_sha256']}")
        typer.echo(f"  licence: {metadata['license']}")
        typer.echo(f"  card: {bundle.folder / 'docs' / 'README.md'}")
        for figure in metadata["figures"]:
            typer.echo(f"  {figure}")


app.command()(evaluate)
app.command()(train)
app.command()(calibrate)
app.command()(stress)
