"""Train the tube network: ``python -m radcaliper.learning.chest.tubes.train DATA WORK``.

DATA is the folder of labelled films; tubes are drawn into those that have none. WORK keeps the packed films and
checkpoints, from which a stopped run resumes. The network starts from the chest network. The result is
``WORK/tubes.safetensors``, in half precision.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Final, cast

import torch

from radcaliper.learning.chest.tubes.backgrounds import backgrounds
from radcaliper.learning.chest.tubes.films import TubeFilms
from radcaliper.learning.chest.tubes.loss import tube_loss
from radcaliper.learning.chest.tubes.packing import pack
from radcaliper.learning.trainer import Stage, train_stages, train_to_mean
from radcaliper.learning.warm_start import start_from_bundle
from radcaliper.models.inference.networks import NETWORKS
from radcaliper.models.tubes.channels import TUBE_CHANNELS
from radcaliper.models.tubes.window import ROWS

STAGES: Final = (Stage(384, 15, 8, 1.5e-3), Stage(384, 16, 8, 2.0e-3), Stage(512, 8, 8, 1.0e-3))
"""Small windows first, then the size that is used; sizes are the window's rows."""
LAST: Final = Stage(512, 12, 8, 1.2e-3)
"""A stage from the weights reached. The mean of the weights before and after it is better than either."""
NETWORK: Final = "unet_lite0_half"
_RARE: Final = -4.0
"""The logit that the network starts from in every pixel."""


def train(data: Path, work: Path, stages: tuple[Stage, ...] = STAGES, last: Stage = LAST) -> None:
    """Pack the films if that is not done and run all stages, or go on from WORK's checkpoints."""
    torch.manual_seed(0)
    work.mkdir(parents=True, exist_ok=True)
    packed = work / "tubes.npz"
    if not packed.exists():
        pack(backgrounds(data, work), packed)
    network = NETWORKS[NETWORK](len(TUBE_CHANNELS))
    start_from_bundle(network, "chest_anatomy")
    head = network.get_submodule("segmentation_head.0")
    torch.nn.init.constant_(cast("torch.Tensor", head.bias), _RARE)  # nearly all of every map is empty

    def films(size: int) -> TubeFilms:
        return TubeFilms(packed, size / ROWS)

    train_stages(network, stages, films, tube_loss, work / "tubes_first.safetensors")
    train_to_mean(network, last, films, tube_loss, work / "tubes.safetensors")


def main() -> None:
    """The command line of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(arguments.data, arguments.work)


if __name__ == "__main__":
    main()
