"""Train the hip network: ``python -m radcaliper.learning.hip.train DATA WORK``.

DATA is the folder with the bone meshes; the films are simulated from them. WORK keeps exposures and checkpoints,
from which a stopped run resumes. The network starts from the shipped hip network. The result is
``WORK/hip.safetensors``, in half precision.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch

from radcaliper.learning.command_line import begin_training, training_parser
from radcaliper.learning.hip.cache import rendered
from radcaliper.learning.hip.films import HipFilms
from radcaliper.learning.hip.loss import hip_loss
from radcaliper.learning.hip.rare_channels import RARE, balanced, refit
from radcaliper.learning.hip.real_textures import RealTextures, read_real_films
from radcaliper.learning.trainer import Stage, train_stages, train_to_mean
from radcaliper.learning.warm_start import start_from_bundle
from radcaliper.models.hip.channels import HIP_STRUCTURES
from radcaliper.models.hip.predict import BUNDLE
from radcaliper.models.inference.networks import NETWORKS

STAGES: Final = (Stage(192, 14, 12, 1.0e-3), Stage(192, 14, 12, 1.0e-3))
"""At the size the network is used at."""
LAST: Final = Stage(192, 20, 12, 1.0e-3)
"""Of the weights before and after it, the mean ships."""
EXPOSURES: Final = 600
RARE_EPOCHS: Final = 4
NETWORK: Final = "unet_lite0_upsampled"


def train(data: Path, work: Path, exposures: int = EXPOSURES) -> None:
    """Render what is not yet rendered and run all stages, or go on from WORK's checkpoints."""
    torch.manual_seed(0)
    work.mkdir(parents=True, exist_ok=True)
    kept = rendered(data, exposures, work / "exposures")
    network = NETWORKS[NETWORK](len(HIP_STRUCTURES))
    start_from_bundle(network, BUNDLE)
    textures = RealTextures(read_real_films(data))

    def films_of(size: int) -> HipFilms:
        return HipFilms(kept, size, textures)

    train_stages(network, STAGES, films_of, hip_loss, work / "hip_stages.safetensors")
    for structure in RARE:
        refit(network, structure, HipFilms(balanced(kept, structure), STAGES[-1].size, textures), RARE_EPOCHS)
    train_to_mean(network, LAST, films_of, hip_loss, work / "hip.safetensors")


def main() -> None:
    """The command line of the training."""
    parser = training_parser(__doc__, ("data", "work"))
    parser.add_argument("--exposures", type=int, default=EXPOSURES, help="simulated exposures to train on")
    arguments = begin_training(parser)
    train(arguments.data, arguments.work, exposures=arguments.exposures)


if __name__ == "__main__":
    main()
