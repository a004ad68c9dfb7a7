"""Networks computed by torch: on a graphics processor, in training, and where somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from radcaliper.models.inference.batches import BatchedNetwork
from radcaliper.models.inference.forward import FEATURES, Network

Function = Callable[[torch.Tensor], torch.Tensor]
"""From films (B, 1, H, W) to a network's output (B, C, H', W')."""


def giving(network: torch.nn.Module, output: str) -> Function:
    """The function of a network that gives one of its outputs."""
    if output != FEATURES:
        return network
    features: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]] = network.features  # type: ignore[assignment]
    return lambda films: features(films)[0]


def by_torch(function: Function, precision: str = "float32") -> Network:
    """A network of torch, or what computes one, as a network of arrays."""

    def network(films: NDArray[np.float32]) -> NDArray[np.float32]:
        batch = torch.from_numpy(films).to(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return np.array(function(batch).float().contiguous().numpy())

    return network


def on_device(network: torch.nn.Module, output: str, device: str) -> Network:
    """A network moved to a graphics processor, in single precision."""
    torch.backends.cudnn.allow_tf32 = False  # convolutions would have 10 bits of precision
    return by_torch(BatchedNetwork(giving(network.to(device), output), device))
