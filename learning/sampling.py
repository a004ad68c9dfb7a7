"""How often an epoch shows each film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler


class ProportionalSampler(Sampler[int]):
    """Shows film i ``weights[i]`` times an epoch, in random order: 2.0 is twice, 0.25 every fourth epoch on average.

    Films are sampled systematically over a random order, so that integer weights are met exactly and an epoch's length
    is fixed.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = torch.tensor(weights, dtype=torch.float64)

    def __len__(self) -> int:
        return int(self.weights.sum())

    def __iter__(self) -> Iterator[int]:
        order = torch.randperm(len(self.weights))
        reached = torch.floor(self.weights[order].cumsum(0) + torch.rand(()))
        times = torch.diff(reached, prepend=torch.zeros(1, dtype=torch.float64)).long()
        shown = order.repeat_interleave(times)
        return iter(shown[torch.randperm(len(shown))[: len(self)]].tolist())
