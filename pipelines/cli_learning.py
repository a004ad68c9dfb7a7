"""``radcaliper train``, ``evaluate``, ``calibrate``, ``stress``: what they need is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from radcaliper.pipelines.cli_computing import Device
from radcaliper.pipelines.cli_given import (
    PROTOCOL_LIST,
    PROTOCOLS,
    bundles_in,
    protocol_name,
    rules_of_file,
)
from radcaliper.pipelines.cli_words import STOPPED, say, stop
from radcaliper.pipelines.protocols import PROTOCOL_NAMES

_MOST_TOLD: Final = 40


_OF_FILMS: Final = ("auto", "none", *PROTOCOL_NAMES)


def protocol_of_films(name: str) -> str:
    """A protocol that there is, ``none``, or ``auto``."""
    if name not in _OF_FILMS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(_OF_FILMS)}")
    return name


@contextmanager
def _stopping_in_one_line() -> Iterator[None]:
    """Within, a folder without films and a broken bundle end the command with one line. Raises typer.Exit."""
    from radcaliper.learning.datasets.own_films import NoFilms
    from radcaliper.models.registry import BrokenBundle

    try:
        yield
    except NoFilms as error:
        raise stop(str(error)) from error
    except BrokenBundle as error:
        raise stop(str(error), STOPPED) from error


class _Problems:
    """Tells what is wrong with films and masks, the first of many."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, problem: str) -> None:
        self.count += 1
        if self.count <= _MOST_TOLD:
            say(problem)

    def end(self) -> None:
        """Tell of how many nothing was said."""
        if self.count > _MOST_TOLD:
            say(f"and {self.count - _MOST_TOLD} more: all stand in the bundle's card")


def train(  # noqa: PLR0913  the command line's options
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Folder with images/ and masks/STRUCTURE/ (docs/own_films.md).")
    ],
    output: Annotated[Path, typer.Option("-o", "--out", metavar="BUNDLE", help="Folder for the bundle.")],
    start: Annotated[
        str,
        typer.Option("--from", metavar="NAME", help="Bundle to start from, or its folder; imagenet; scratch."),
    ] = "",
    network: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="unet_lite0, smp:ARCHITECTURE:ENCODER (segmentation-models-pytorch), monai:CLASS."
        ),
    ] = "unet_lite0",
    epochs: Annotated[int, typer.Option(min=1, metavar="N", help="The most epochs.")] = 40,
    patience: Annotated[int, typer.Option(min=1, metavar="N", help="Stop after so many epochs without gain.")] = 10,
    size: Annotated[int, typer.Option(min=64, metavar="PIXELS", help="Side of the square that it sees.")] = 256,
    protocol: Annotated[
        str,
        typer.Option(parser=protocol_of_films, metavar=f"[{'|'.join(_OF_FILMS)}]", help="What the films are."),
    ] = "auto",
    device: Annotated[Device, typer.Option(help="Where it learns.")] = Device.AUTO,
) -> None:
    """Train a network on films and masks of your own; the same command goes on after a stop."""
    if size % 32:
        raise stop(f"--size {size}: the side must be a multiple of 32")
    if find_spec("torch") is None:
        raise stop('train needs torch: pip install "radcaliper[training]"')
    from radcaliper.learning.own.train import BadTraining, TrainingOptions, train_bundle
    from radcaliper.models.inference.computing import CannotCompute, Computing, resolved

    start = start or ("chest_anatomy" if network == "unet_lite0" else "scratch")
    of_films = None if protocol == "auto" else protocol.replace("none", "")
    problems = _Problems()
    try:
        options = TrainingOptions(
            start, network, size, epochs, patience, resolved(Computing(device.value)).device, of_films
        )
        with _stopping_in_one_line():
            train_bundle(data, output, options, problems)
    except (BadTraining, CannotCompute) as error:
        raise stop(str(error)) from error
    except KeyboardInterrupt:
        raise stop(f"interrupted: the same command goes on from {output / 'work'}", STOPPED) from None
    problems.end()
    say(f"card: {output / 'docs' / 'README.md'}")
    say(f"use it: radcaliper measure FILMS -o OUT --bundle {output}")


_EVALUATED: Final = (*PROTOCOLS, "view")
_WITH_FOLDS: Final = ("view", "chest", "spine")
"""What is judged by weights of each fold."""


def evaluated_name(name: str) -> str:
    """A protocol that there is, ``auto``, or ``view``: the recogniser of views."""
    if name not in _EVALUATED:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(_EVALUATED)}")
    return name


def _is_own(data: Path) -> bool:
    """Whether a folder holds films of the user's own, and not one of the sets that the shipped weights learned from."""
    return (data / "images").is_dir()


def evaluate(  # noqa: PLR0913  the command line's options are the contract's
    datasets: Annotated[
        list[Path],
        typer.Argument(metavar="DATASET...", help="Folders with images/ and masks/ or truth.csv (docs/own_films.md)."),
    ],
    protocol: Annotated[
        str,
        typer.Option(parser=evaluated_name, metavar=f"[{'|'.join(_EVALUATED)}]", help="Which protocol's figures."),
    ] = "auto",
    bundle: Annotated[
        list[Path] | None,
        typer.Option(metavar="BUNDLE", help="On films of your own: also judge this bundle of your own."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="On films of your own: judge by this settings file.")
    ] = None,
    every_film: Annotated[
        bool, typer.Option("--every-film", help="Of the sets learned from: also films that were trained on.")
    ] = False,
    scores: Annotated[Path | None, typer.Option(metavar="CSV", help="Write each film's scores there.")] = None,
    quality: Annotated[
        bool, typer.Option("--quality", help="Judge predicted Dice, bounds, intervals and abstention instead.")
    ] = False,
    figures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write tables, plots and evaluation.html there.")
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --protocol view, chest or spine: by the weights of its fold."),
    ] = None,
) -> None:
    """Print how right radcaliper is on labelled films: on your own, or on those that the weights never saw."""
    missing = next((path for path in datasets if not path.is_dir()), None)
    if missing is not None:
        raise stop(f"{missing} is not a folder")
    if figures is not None and find_spec("matplotlib") is None:
        raise stop('--figures needs matplotlib: pip install "radcaliper[figures]"')
    own = all(map(_is_own, datasets))
    if own and not quality and folds is None and protocol != "view":
        _evaluate_own(datasets, protocol, (bundle or [], settings), (figures, scores))
        return
    if bundle or settings is not None:
        raise stop("--bundle and --settings go with films of your own: a folder with images/")
    _check_options(protocol, quality, figures is not None, folds is not None, (every_film, scores is not None))
    from radcaliper.models.registry import BrokenBundle

    try:
        if quality:
            from radcaliper.learning.quality.evaluate import evaluate_quality

            evaluate_quality(datasets, protocol, figures)
        else:
            from radcaliper.learning.evaluate import evaluate_datasets

            evaluate_datasets(datasets, protocol, every_film, scores, folds)
    except (FileNotFoundError, ValueError) as error:
        raise stop(str(error)) from error
    except BrokenBundle as error:
        raise stop(str(error), STOPPED) from error


def _check_options(
    protocol: str, quality: bool, has_figures: bool, has_folds: bool, of_films: tuple[bool, bool]
) -> None:
    """Raise typer.Exit for options that do not go together; ``of_films``: every film, and each film's scores."""
    every_film, has_scores = of_films
    if find_spec("torch") is None:
        raise stop('evaluate needs torch: pip install "radcaliper[training]"')
    if quality and (every_film or has_scores):
        raise stop("--quality judges held-out films, and goes with neither --every-film nor --scores")
    if has_figures and not quality:
        raise stop("--figures goes with --quality, or with films of your own")
    if has_folds and (protocol not in _WITH_FOLDS or quality or every_film):
        raise stop("--folds goes with --protocol view, chest or spine, and with neither --quality nor --every-film")
    if quality and protocol == "view":
        raise stop("--quality judges masks and measurements, and view has none")


def _evaluate_own(
    datasets: list[Path], protocol: str, by: tuple[list[Path], Path | None], written: tuple[Path | None, Path | None]
) -> None:
    """Judge films of the user's own ``by`` bundles and settings; figures and scores are ``written``."""
    from radcaliper.learning.own.evaluate import PAGE, evaluate_own
    from radcaliper.learning.own.judging import Question

    question = Question(protocol, bundles_in(by[0]), rules_of_file(by[1]))
    figures, scores = written
    for data in datasets:
        folder = figures if figures is None or len(datasets) == 1 else figures / data.resolve().name
        with _stopping_in_one_line():
            tables = evaluate_own(data, question, folder, say).tables
        if scores is not None:
            tables.numbers.to_csv(scores, index=False)
        if folder is not None:
            say(f"page: {folder / PAGE}")


def calibrate(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Folder with images/ and masks/ or truth.csv (docs/own_films.md).")
    ],
    output: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The settings file to write.")],
    protocol: Annotated[
        str, typer.Option(parser=protocol_name, metavar=PROTOCOL_LIST, help="Kind of film; auto decides.")
    ] = "auto",
    bundle: Annotated[
        list[Path] | None, typer.Option(metavar="BUNDLE", help="Also calibrate this bundle of your own.")
    ] = None,
) -> None:
    """Fit the bounds of qualities and the intervals to films of your own: for measure --settings FILE."""
    from radcaliper.learning.own.calibrate import calibrate_own
    from radcaliper.learning.own.judging import Question

    with _stopping_in_one_line():
        calibrate_own(data, output, Question(protocol, bundles_in(bundle or [])), say)
    say(f"use it: radcaliper measure FILMS -o OUT --settings {output}")


def stress(  # noqa: PLR0913  the command line's options
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder with images/ and masks/ (docs/own_films.md).")],
    output: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder for stress.csv and stress.png.")],
    protocol: Annotated[
        str, typer.Option(parser=protocol_name, metavar=PROTOCOL_LIST, help="Kind of film; auto decides.")
    ] = "auto",
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This stress alone, as noise; may be given again.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The first N films alone.")] = None,
    bundle: Annotated[list[Path] | None, typer.Option(metavar="BUNDLE", help="Also this bundle of your own.")] = None,
) -> None:
    """Make labelled films worse, step by step, and see what becomes of masks, numbers and refusals."""
    if find_spec("matplotlib") is None:
        raise stop('stress needs matplotlib: pip install "radcaliper[figures]"')
    from radcaliper.learning.own.judging import Question
    from radcaliper.learning.own.stress import StressPlan, stress_films
    from radcaliper.learning.own.stresses import STRESSES

    names = [each.name for each in STRESSES]
    if unknown := sorted(set(only or []) - set(names)):
        raise stop(f"--only {unknown[0]}: there are {', '.join(names)}")
    chosen = tuple(each for each in STRESSES if not only or each.name in only)
    plan = StressPlan(chosen, limit, Question(protocol, bundles_in(bundle or [])))
    with _stopping_in_one_line():
        stress_films(data, output, plan, say)
    say(f"curves: {output / 'stress.png'}")
