"""Train the tube network: ``python -m radcaliper.learning.chest.tubes.train DATA WORK STEP``.

DATA is the folder of labelled films, WORK keeps the packed films and checkpoints, from which a stopped run resumes.
``drawn`` starts from the chest network and learns from tubes drawn into films that have none:
``WORK/drawn.safetensors``. ``real`` goes on from such weights with the real tubes of all films but those of the folds
left out, and with drawn ones beside them: the file OUTPUT. Weights are in half precision.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, cast

import torch
from safetensors.torch import load_file

from radcaliper.learning.chest.tubes.backgrounds import backgrounds
from radcaliper.learning.chest.tubes.films import TubeFilms
from radcaliper.learning.chest.tubes.loss import tube_loss
from radcaliper.learning.chest.tubes.packing import pack
from radcaliper.learning.command_line import begin_training, training_parser
from radcaliper.learning.datasets.split import FOLDS, HELD_OUT_FOLD
from radcaliper.learning.trainer import Stage, train_stages, train_to_mean
from radcaliper.learning.warm_start import start_from_bundle
from radcaliper.models.inference.networks import NETWORKS
from radcaliper.models.tubes.channels import TUBE_CHANNELS
from radcaliper.models.tubes.window import ROWS

STAGES: Final = (Stage(384, 15, 8, 1.5e-3), Stage(384, 16, 8, 2.0e-3), Stage(512, 20, 8, 1.0e-3))
"""With drawn tubes: small windows first, then the size that is used; sizes are the window's rows."""
_FIRST_HALF: Final = tuple(f"encoder.model.{name}" for name in ("conv_stem", "bn1", "blocks.0", "blocks.1", "blocks.2"))
"""The encoder's first half, which knows lines: the real tubes are too few to teach it more."""
REAL: Final = Stage(384, 3, 4, 1.0e-3, kept=_FIRST_HALF)
"""With real tubes, short, so that it can be repeated for the folds."""
LARGER: Final = Stage(512, 6, 4, 1.0e-3, kept=_FIRST_HALF)
"""At the size that is used. So few films are soon known by heart: the mean of the weights before and after counts."""
NETWORK: Final = "unet_lite0_half"
_RARE: Final = -4.0
"""The logit that the network starts from in every pixel."""


def packed_films(data: Path, work: Path) -> Path:
    """The file of packed films in WORK, made if it is not there."""
    work.mkdir(parents=True, exist_ok=True)
    packed = work / "tubes.npz"
    if not packed.exists():
        pack((film for film in backgrounds(data, work) if film.known.fold != HELD_OUT_FOLD), packed)
    return packed


def train_on_drawn(data: Path, work: Path, stages: tuple[Stage, ...] = STAGES) -> None:
    """Run all stages with drawn tubes, or go on from WORK's checkpoints."""
    torch.manual_seed(0)
    packed = packed_films(data, work)
    network = NETWORKS[NETWORK](len(TUBE_CHANNELS))
    start_from_bundle(network, "chest_anatomy")
    head = network.get_submodule("segmentation_head.0")
    torch.nn.init.constant_(cast("torch.Tensor", head.bias), _RARE)  # nearly all of every map is empty

    def films(size: int) -> TubeFilms:
        return TubeFilms(packed, size / ROWS, {HELD_OUT_FOLD}, drawn_only=True)

    train_stages(network, stages, films, tube_loss, work / "drawn.safetensors")


def train_on_real(packed: Path, start: Path, left_out: Collection[int], output: Path) -> None:
    """Go on from the weights ``start`` with the real tubes of all folds but those left out: the mean of two stages."""
    torch.manual_seed(0)
    network = NETWORKS[NETWORK](len(TUBE_CHANNELS))
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(start).items()})

    def films(size: int) -> TubeFilms:
        return TubeFilms(packed, size / ROWS, left_out)

    train_stages(network, (REAL,), films, tube_loss, output.with_stem(f"{output.stem}_first"))
    train_to_mean(network, LARGER, films, tube_loss, output)


def main() -> None:
    """The command line of the training."""
    parser = training_parser(__doc__, ("data", "work"))
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("drawn")
    real = steps.add_parser("real")
    real.add_argument("start", type=Path)
    real.add_argument("output", type=Path)
    real.add_argument("--without", type=int, nargs="*", default=[], choices=range(FOLDS), help="folds left out, with 0")
    arguments = begin_training(parser)
    if arguments.step == "drawn":
        train_on_drawn(arguments.data, arguments.work)
    else:
        left_out = {HELD_OUT_FOLD, *arguments.without}
        train_on_real(packed_films(arguments.data, arguments.work), arguments.start, left_out, arguments.output)


if __name__ == "__main__":
    main()
