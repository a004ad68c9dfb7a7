"""A network made worse on purpose, for masks that look like those of a network that has learned too little."""

from __future__ import annotations

from copy import deepcopy

import torch


def weakened(network: torch.nn.Module, strength: float, seed: int) -> torch.nn.Module:
    """A copy whose filters are each multiplied by 1 and a normal error of ``strength``; 0 changes nothing."""
    generator = torch.Generator().manual_seed(seed)
    weaker = deepcopy(network)
    with torch.no_grad():
        for weight in weaker.parameters():
            if weight.ndim > 1:
                weight.mul_(1 + strength * torch.randn(weight.shape, generator=generator))
    return weaker
