"""Train the chest network: ``python -m radcaliper.models.training.train_chest DATA WORK``.

DATA is the folder of labelled films; WORK keeps the packed arrays and checkpoints, from which a stopped run resumes.
The result is ``WORK/chest.safetensors``, in half precision.
"""

from __future__ import annotations

import argparse
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import save_file
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, WeightedRandomSampler

from radcaliper.models.networks import NETWORKS
from radcaliper.models.structures import CHEST_STRUCTURES
from radcaliper.models.training.chest_data import pack
from radcaliper.models.training.imagenet import load_imagenet_lite0
from radcaliper.models.training.loss import known_dice_bce
from radcaliper.models.training.packed import PackedFilms

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """One part of the schedule: side of the square, epochs, films a step, peak learning rate."""

    size: int
    epochs: int
    batch: int
    rate: float


STAGES: Final = (Stage(256, 24, 12, 1.5e-3), Stage(384, 12, 8, 6e-4))
"""The schedule of the shipped weights: cheap small squares first, then the size they are used at."""


class Trainer:
    """The network, its moving average and optimiser through one stage, with a checkpoint an epoch."""

    def __init__(self, stage: Stage, films: PackedFilms, network: torch.nn.Module, checkpoint: Path) -> None:
        shown = int(sum(films.weights))
        sampler = WeightedRandomSampler(films.weights, shown, replacement=False)
        self.loader = DataLoader(
            films, stage.batch, sampler=sampler, num_workers=1, drop_last=True, persistent_workers=True
        )
        self.stage, self.checkpoint = stage, checkpoint
        self.network = network.to(memory_format=torch.channels_last)
        self.averaged = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=stage.rate, weight_decay=1e-4)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, stage.rate, total_steps=stage.epochs * len(self.loader), pct_start=0.1
        )
        self.first_epoch = self._resume()

    def _resume(self) -> int:
        if not self.checkpoint.exists():
            return 0
        state = torch.load(self.checkpoint)
        for name in ("network", "averaged", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        return int(state["epoch"]) + 1

    def _save(self, epoch: int) -> None:
        parts = {name: getattr(self, name).state_dict() for name in ("network", "averaged", "optimizer", "schedule")}
        torch.save(parts | {"epoch": epoch}, self.checkpoint)

    def _step(self, batch: dict[str, torch.Tensor]) -> float:
        grey = batch["grey"].to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(grey)
        loss = known_dice_bce(logits.float(), batch["target"], batch["known"])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return loss.item()

    def run(self, output: Path) -> None:
        """Train to the stage's end; ``output`` gets the averaged weights after every epoch."""
        for epoch in range(self.first_epoch, self.stage.epochs):
            started = time.monotonic()
            self.network.train()
            loss = np.mean([self._step(batch) for batch in self.loader])
            self._save(epoch)
            save_half(self.averaged.module, output)
            log.info("size %d epoch %d loss %.4f %.0f s", self.stage.size, epoch, loss, time.monotonic() - started)


def save_half(network: torch.nn.Module, path: Path) -> None:
    """Write a network's weights as safetensors in half precision."""
    state = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, path)


def train(data: Path, work: Path, stages: tuple[Stage, ...] = STAGES, seed: int = 0) -> None:
    """Run all stages, or go on from WORK's checkpoints; each starts from the averaged weights of the one before."""
    torch.manual_seed(seed)
    work.mkdir(parents=True, exist_ok=True)
    network = NETWORKS["unet_lite0"](len(CHEST_STRUCTURES))
    load_imagenet_lite0(network)
    output = work / "chest.safetensors"
    for number, stage in enumerate(stages):
        packed = work / f"chest_{stage.size}.npz"
        if not packed.exists():
            pack(data, stage.size, packed)
        trainer = Trainer(stage, PackedFilms(packed), network, work / f"chest_stage_{number}.pt")
        trainer.run(output)
        network.load_state_dict(trainer.averaged.module.state_dict())


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
