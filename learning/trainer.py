"""Train a network through one stage of its schedule, with a moving average and a checkpoint an epoch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence, Sized
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import torch
from safetensors.torch import save_file
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from radcaliper.learning.sampling import ProportionalSampler
from radcaliper.models.inference.memory_format import channels_last

log = logging.getLogger(__name__)

Batch = dict[str, torch.Tensor]
Loss = Callable[[torch.Tensor, Batch], torch.Tensor]
"""From the network's output (B, C, H, W) in single precision and the batch to a scalar."""
_PARTS = ("network", "averaged", "optimizer", "schedule")
_CPU_INFO = Path("/proc/cpuinfo")


@cache
def computes_bf16_quickly() -> bool:
    """Whether the processor multiplies matrices of bf16 (AMX); without, single precision is faster."""
    return _CPU_INFO.is_file() and "amx_bf16" in _CPU_INFO.read_text(encoding="ascii", errors="ignore")


@dataclass(frozen=True)
class Stage:
    """One part of the schedule: longest side of the input, epochs, films a step, peak learning rate.

    ``kept`` names the network's parts that stay as they are; where there are any, so do the statistics of its batches.
    """

    size: int
    epochs: int
    batch: int
    rate: float
    kept: tuple[str, ...] = ()


class Films(Sized, Protocol):
    """A dataset with how often an epoch shows each film (1 is once)."""

    weights: list[float]

    def __getitem__(self, index: int) -> Batch:
        """One film with ``grey`` (1, H, W) and what the loss needs."""
        ...


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch that is done: its number from 0, the mean loss, and the network with the averaged weights."""

    number: int
    loss: float
    network: torch.nn.Module


class Watch:
    """What a training tells on its way; this one logs."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def step(self) -> None:
        """A step is done."""

    def epoch(self, epoch: Epoch) -> bool:
        """An epoch is done and kept; returns whether to go on."""
        now = time.monotonic()
        log.info("epoch %d loss %.4f %.0f s", epoch.number, epoch.loss, now - self._started)
        self._started = now
        return True


class Trainer:
    """The training of a network through one stage; it resumes from ``checkpoint`` if that exists.

    It computes on ``device``, a processor or a graphics processor as torch calls it.
    """

    def __init__(  # noqa: PLR0913  what a training is made of
        self,
        stage: Stage,
        films: Films,
        network: torch.nn.Module,
        loss: Loss,
        checkpoint: Path,
        device: str = "cpu",
    ) -> None:
        self.loader: DataLoader[Batch] = DataLoader(
            cast("Dataset[Batch]", films),  # a sized sequence is a map-style dataset
            stage.batch,
            sampler=ProportionalSampler(films.weights),
            num_workers=1,
            drop_last=True,
            persistent_workers=True,
        )
        self.stage, self.loss, self.checkpoint, self.device = stage, loss, checkpoint, device
        self.network = channels_last(network.to(device))
        self.averaged = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=stage.rate, weight_decay=1e-4)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, stage.rate, total_steps=stage.epochs * len(self.loader), pct_start=0.1
        )
        self.first_epoch = self._resume()

    def _resume(self) -> int:
        if not self.checkpoint.exists():
            return 0
        state = torch.load(self.checkpoint, map_location=self.device)
        for name in _PARTS:
            getattr(self, name).load_state_dict(state[name])
        return int(state["epoch"]) + 1

    def _save(self, epoch: int) -> None:
        parts = {name: getattr(self, name).state_dict() for name in _PARTS}
        unfinished = self.checkpoint.with_suffix(".part")
        torch.save(parts | {"epoch": epoch}, unfinished)
        unfinished.replace(self.checkpoint)  # a run that is stopped here leaves a complete checkpoint

    def _step(self, batch: Batch) -> float:
        batch = {name: tensor.to(self.device) for name, tensor in batch.items()}
        grey = batch["grey"].to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.device == "cpu" and computes_bf16_quickly()):
            output = self.network(grey)
        loss = self.loss(output.float(), batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return loss.item()

    def run(self, output: Path, watch: Watch | None = None) -> None:
        """Train to the stage's end, or until ``watch`` has enough; each epoch's averaged weights go to ``output``."""
        watch = watch or Watch()
        for number in range(self.first_epoch, self.stage.epochs):
            self.network.train()
            _keep(self.network, self.stage.kept)
            loss = np.mean([self._watched_step(batch, watch) for batch in self.loader])
            self._save(number)
            save_half(self.averaged.module, output)
            if not watch.epoch(Epoch(number, float(loss), self.averaged.module)):
                return

    def _watched_step(self, batch: Batch, watch: Watch) -> float:
        loss = self._step(batch)
        watch.step()
        return loss


def _keep(network: torch.nn.Module, parts: Sequence[str]) -> None:
    """Keep these parts and, if there are any, the statistics of all batches."""
    for name in parts:
        network.get_submodule(name).requires_grad_(False)
    for module in network.modules() if parts else ():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def train_stages(
    network: torch.nn.Module, stages: Sequence[Stage], films_of: Callable[[int], Films], loss: Loss, output: Path
) -> None:
    """Run all stages, or resume from their checkpoints beside ``output``, which gets the averaged weights.

    Each stage starts from the averaged weights of the one before; ``films_of`` gives the films at a stage's size.
    """
    for number, stage in enumerate(stages):
        checkpoint = output.with_name(f"{output.stem}_stage_{number}.pt")
        trainer = Trainer(stage, films_of(stage.size), network, loss, checkpoint)
        trainer.run(output)
        network.load_state_dict(trainer.averaged.module.state_dict())


def mean_weights(one: torch.nn.Module, other: torch.nn.Module) -> torch.nn.Module:
    """A network with the mean weights of two of the same kind, of which one went on from the other."""
    averaged = AveragedModel(one, use_buffers=True)
    averaged.update_parameters(one)
    averaged.update_parameters(other)
    return averaged.module


def train_to_mean(
    network: torch.nn.Module, stage: Stage, films_of: Callable[[int], Films], loss: Loss, output: Path
) -> None:
    """One more stage; ``output`` gets the mean of the weights before and after it, a file beside it those after."""
    before = deepcopy(network)
    train_stages(network, (stage,), films_of, loss, output.with_stem(f"{output.stem}_last"))
    save_half(mean_weights(before, network), output)


def save_half(network: torch.nn.Module, path: Path) -> None:
    """Write a network's weights as safetensors in half precision."""
    state = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, path)
