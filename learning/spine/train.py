"""Train the spine networks: ``python -m radcaliper.learning.spine.train {locator,vertebrae,levels} DATA WORK``.

The locator finds the column T1 to L5 on a whole film. The vertebra network finds the corners on the film resampled
along the column into a straight strip. Both are trained on the AASCE films outside the held-out fold. They start from
the chest network, which was trained on the same films. The level network tells which vertebra is which; it starts from
the locator, and leaves out the validation fold too, on which its evidence is calibrated. WORK keeps checkpoints, from
which a stopped run resumes. The results are ``WORK/locator.safetensors`` and so on, in half precision. With
``--without 3 4`` these folds are left out too, so that ``evaluate --folds`` can judge them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

import torch

from radcaliper.learning.command_line import begin_training, training_parser
from radcaliper.learning.datasets.spine import SpineFilm, aasce_films, synthetic_films
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD, VALIDATION_FOLD
from radcaliper.learning.loss import labelled_loss
from radcaliper.learning.spine.level_windows import LevelFilms, level_loss
from radcaliper.learning.spine.strips import StripFilms, strip_loss
from radcaliper.learning.spine.whole_films import WholeSpines
from radcaliper.learning.trainer import Stage, Trainer, train_stages, train_to_mean
from radcaliper.learning.warm_start import start_from_bundle
from radcaliper.models.inference.networks import NETWORKS
from radcaliper.models.spine.channels import BLOBS, CHANNELS, LEVEL_NAMES, ROWS

LOCATOR: Final = Stage(256, 6, 10, 1.0e-3)
VERTEBRAE: Final = (Stage(ROWS, 28, 4, 1.0e-3), Stage(ROWS, 5, 4, 4.0e-4))
"""On AASCE films alone."""
MIXED: Final = Stage(ROWS, 8, 4, 8.0e-4)
"""On synthetic films too, from the weights reached. The mean of the weights before and after is better than either."""
LEVELS: Final = Stage(256, 32, 8, 6.0e-4)
SYNTHETIC: Final = 0.25
"""How often an epoch shows a synthetic film to the vertebra network; an AASCE film is shown once."""


Folds = Collection[int]


def _trained_on(films: Iterable[SpineFilm], without: Folds) -> list[SpineFilm]:
    return [film for film in films if film.fold not in {HELD_OUT_FOLD, *without}]


def train_locator(data: Path, work: Path, without: Folds = (), stage: Stage = LOCATOR) -> None:
    """Train the locator to its end, or go on from WORK's checkpoint."""
    network = NETWORKS["unet_lite0"](1)
    start_from_bundle(network, "chest_anatomy")
    films = WholeSpines(_trained_on(aasce_films(data), without), stage.size)
    Trainer(stage, films, network, labelled_loss, work / "locator.pt").run(work / "locator.safetensors")


def train_vertebrae(
    data: Path, work: Path, without: Folds = (), stages: tuple[Stage, ...] = VERTEBRAE, mixed: Stage = MIXED
) -> None:
    """Train the vertebra network to its end, or go on from WORK's checkpoints."""
    network = NETWORKS["unet_lite0_half"](CHANNELS)
    start_from_bundle(network, "chest_anatomy")
    with torch.no_grad():  # blobs are rare: start by expecting none
        network.get_parameter("segmentation_head.0.bias")[BLOBS] = -4.0
    real, synthetic = (_trained_on(films, without) for films in (aasce_films(data), synthetic_films(data)))
    real_films = StripFilms(real, [1.0] * len(real))
    train_stages(network, stages, lambda _: real_films, strip_loss, work / "vertebrae_real.safetensors")
    both = StripFilms(real + synthetic, [1.0] * len(real) + [SYNTHETIC] * len(synthetic))
    train_to_mean(network, mixed, lambda _: both, strip_loss, work / "vertebrae.safetensors")


def train_levels(data: Path, work: Path, without: Folds = (), stage: Stage = LEVELS) -> None:
    """Train the level network to its end, or go on from WORK's checkpoint."""
    network = NETWORKS["levels_lite0"](len(LEVEL_NAMES))
    start_from_bundle(network, "spine_locator")
    films = LevelFilms(_trained_on(aasce_films(data), {VALIDATION_FOLD, *without}))
    Trainer(stage, films, network, level_loss, work / "levels.pt").run(work / "levels.safetensors")


TRAINED: Final[dict[str, Callable[[Path, Path, Folds], None]]] = {
    "locator": train_locator,
    "vertebrae": train_vertebrae,
    "levels": train_levels,
}


def main() -> None:
    """The command line of the training."""
    parser = training_parser(__doc__, ())
    parser.add_argument("network", choices=TRAINED)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--without", type=int, nargs="+", choices=range(FOLDS), default=())
    arguments = begin_training(parser)
    torch.manual_seed(0)
    arguments.work.mkdir(parents=True, exist_ok=True)
    TRAINED[arguments.network](arguments.data, arguments.work, arguments.without)


if __name__ == "__main__":
    main()
