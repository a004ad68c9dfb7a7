"""``radcaliper train``: what learns from the user's own films is loaded when it is asked for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from radcaliper.pipelines.cli_words import STOPPED, say, stop
from radcaliper.pipelines.protocols import PROTOCOL_NAMES

_MOST_TOLD: Final = 40


class Device(StrEnum):
    """Where a network learns: a name apart, so that the command line knows it without torch."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


_OF_FILMS: Final = ("auto", "none", *PROTOCOL_NAMES)


def protocol_of_films(name: str) -> str:
    """A protocol that there is, ``none``, or ``auto``."""
    if name not in _OF_FILMS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(_OF_FILMS)}")
    return name


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
    size: Annotated[int, typer.Option(min=32, metavar="PIXELS", help="Side of the square that it sees.")] = 256,
    protocol: Annotated[
        str,
        typer.Option(parser=protocol_of_films, metavar=f"[{'|'.join(_OF_FILMS)}]", help="What the films are."),
    ] = "auto",
    device: Annotated[Device, typer.Option(help="Where it learns.")] = Device.AUTO,
) -> None:
    """Train a network on films and masks of your own; the same command goes on after a stop."""
    if size < 64 or size % 32:
        raise stop(f"--size {size}: the side must be a multiple of 32, 64 at least")
    from radcaliper.learning.datasets.own_films import NoFilms
    from radcaliper.learning.own.train import BadTraining, TrainingOptions, train_bundle
    from radcaliper.models.inference.device import NoDevice, resolved
    from radcaliper.models.registry import BrokenBundle

    start = start or ("chest_anatomy" if network == "unet_lite0" else "scratch")
    of_films = None if protocol == "auto" else protocol.replace("none", "")
    problems = _Problems()
    try:
        options = TrainingOptions(start, network, size, epochs, patience, resolved(device.value), of_films)
        train_bundle(data, output, options, problems)
    except (NoFilms, BadTraining, NoDevice) as error:
        raise stop(str(error)) from error
    except BrokenBundle as error:
        raise stop(str(error), STOPPED) from error
    except KeyboardInterrupt:
        raise stop(f"interrupted: the same command goes on from {output / 'work'}", STOPPED) from None
    problems.end()
    say(f"card: {output / 'docs' / 'README.md'}")
    say(f"use it: radcaliper measure FILMS -o OUT --bundle {output}")
