"""A network with random errors in its weights, whose masks are like those of a poorly trained network."""

from __future__ import annotations

from copy import deepcopy

import torch


def weakened(network: torch.nn.Module, strength: float, seed: int) -> torch.nn.Module:
    """A copy whose filters are multiplied by 1 plus a normal error with standard deviation ``strength``."""
    generator = torch.Generator().manual_seed(seed)
    weaker = deepcopy(network)
    with torch.no_grad():
        for weight in weaker.parameters():
            if weight.ndim > 1:
                weight.mul_(1 + strength * torch.randn(weight.shape, generator=generator))
    return weaker
