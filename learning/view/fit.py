"""Fit the head to what the frozen encoder saw in the copies, and scale their logits to probabilities."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from radcaliper.learning.view.copies import Copies
from radcaliper.models.view.kinds import KINDS, TURNS
from radcaliper.models.view.network import ViewHead

log = logging.getLogger(__name__)

SHARES: Final = {
    "frontal_chest": 0.16,
    "lateral_chest": 0.07,
    "ap_spine_whole": 0.12,
    "ap_spine_thoracic": 0.05,
    "ap_spine_lumbar": 0.05,
    "lateral_spine": 0.06,
    "ap_pelvis": 0.08,
    "ap_hip_right": 0.06,
    "ap_hip_left": 0.06,
    "frog_lateral": 0.02,
    "infant_pelvis": 0.05,
    "other": 0.22,
}
"""How much of the loss each kind has, however many copies there are of it."""
EPOCHS: Final = 6
_BATCH: Final = 256
_RATE, _DECAY = 1.5e-3, 0.02
_TURN, _NEGATIVE = 0.5, 0.2
"""What the other answers weigh against the kind."""
_OTHER: Final = KINDS.index("other")


@dataclass(frozen=True, eq=False)
class Logits:
    """The head's answers, (N, kinds), (N, 4), (N,)."""

    kind: torch.Tensor
    turns: torch.Tensor
    negative: torch.Tensor

    @classmethod
    def of(cls, answer: torch.Tensor) -> Logits:
        """The parts of (N, kinds + 5)."""
        kind, turns, negative = answer.split([len(KINDS), TURNS, 1], dim=1)
        return cls(kind, turns, negative[:, 0])


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth of N copies as tensors, and each one's weight."""

    kind: torch.Tensor
    turns: torch.Tensor
    negative: torch.Tensor
    weight: torch.Tensor

    @classmethod
    def of(cls, copies: Copies, rows: NDArray[np.intp]) -> Truth:
        """Of these rows of the copies; kinds weigh by SHARES, with mean 1."""
        kind = copies.kind[rows]
        counts = np.bincount(kind, minlength=len(KINDS))
        share = np.array([SHARES[name] for name in KINDS])
        weight = (share / np.maximum(counts, 1))[kind]
        return cls(
            torch.from_numpy(kind),
            torch.from_numpy(copies.turns[rows]),
            torch.from_numpy(copies.negative[rows]).float(),
            torch.from_numpy(weight / weight.mean()).float(),
        )

    def __getitem__(self, picked: torch.Tensor) -> Truth:
        return Truth(*(values[picked] for values in vars(self).values()))


def losses(logits: Logits, truth: Truth) -> dict[str, torch.Tensor]:
    """Mean loss of each answer; which way up counts for no limb."""
    lies = truth.weight * (truth.kind != _OTHER)

    def mean(each: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return (each * weight).sum() / weight.sum().clamp(min=1e-6)

    bce = functional.binary_cross_entropy_with_logits
    return {
        "kind": mean(functional.cross_entropy(logits.kind, truth.kind, reduction="none"), truth.weight),
        "turns": mean(functional.cross_entropy(logits.turns, truth.turns, reduction="none"), lies),
        "negative": mean(bce(logits.negative, truth.negative, reduction="none"), truth.weight),
    }


def _features(copies: Copies, rows: NDArray[np.intp]) -> torch.Tensor:
    return torch.from_numpy(copies.features[rows]).float()


def fit_head(copies: Copies, rows: NDArray[np.intp], seed: int = 0, epochs: int = EPOCHS) -> ViewHead:
    """A head fitted to these rows of the copies."""
    torch.manual_seed(seed)
    head, truth = ViewHead(len(KINDS)), Truth.of(copies, rows)
    optimizer = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = epochs * (len(rows) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)
    head.train()
    for epoch in range(epochs):
        order, total = torch.randperm(len(rows)), 0.0
        for picked in order[: len(rows) // _BATCH * _BATCH].split(_BATCH):
            part = losses(Logits.of(head(_features(copies, rows[picked.numpy()]))), truth[picked])
            loss = part["kind"] + _TURN * part["turns"] + _NEGATIVE * part["negative"]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        log.info("epoch %d loss %.4f", epoch, total / (len(rows) // _BATCH))
    return head.eval()


def answers(head: ViewHead, copies: Copies, rows: NDArray[np.intp]) -> Logits:
    """The head's logits for these rows."""
    with torch.inference_mode():
        parts = [head(_features(copies, rows[start : start + 1024])) for start in range(0, len(rows), 1024)]
    return Logits.of(torch.cat(parts))


def fit_temperatures(logits: Logits, truth: Truth) -> dict[str, float]:
    """By answer, what its logits are divided by so that the loss on films not trained on is least (Guo 2017)."""
    grid = np.exp(np.linspace(np.log(0.5), np.log(6), 60))

    def loss_at(temperature: float) -> dict[str, float]:
        scaled = Logits(*(each / temperature for each in vars(logits).values()))
        return {name: float(value) for name, value in losses(scaled, truth).items()}

    table = [loss_at(float(temperature)) for temperature in grid]
    return {name: float(grid[int(np.argmin([row[name] for row in table]))]) for name in table[0]}


def scale_answers(head: ViewHead, temperatures: dict[str, float]) -> None:
    """Divide the logits of each answer by its temperature, in the last layer's weights."""
    sizes = {"kind": len(KINDS), "turns": TURNS, "negative": 1}
    divisor = torch.cat([torch.full((size,), temperatures[name]) for name, size in sizes.items()])
    with torch.no_grad():
        head.answer.weight.div_(divisor[:, None])
        head.answer.bias.div_(divisor)
