"""The forward pass of a network, in bf16 where the processor computes it natively."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

Network = Callable[[torch.Tensor], torch.Tensor]
"""From films (B, 1, H, W) in [0, 1] to the network's output (B, C, H', W')."""
_CPU_INFO: Final = Path("/proc/cpuinfo")


@lru_cache(maxsize=1)
def has_bfloat16() -> bool:
    """Whether the processor computes bf16 natively. Elsewhere single precision is faster."""
    return _CPU_INFO.is_file() and "avx512_bf16" in _CPU_INFO.read_text(encoding="ascii", errors="ignore")


def forward(network: Network, films: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's output (B, C, H, W) for (B, H, W) films in [0, 1]."""
    batch = torch.from_numpy(films)[:, None].to(memory_format=torch.channels_last)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
        output = network(batch)
    return np.array(output.float().contiguous().numpy())


def predict(network: Network, films: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (B, C, H, W) from a network whose output is logits, for (B, H, W) films in [0, 1]."""
    return np.asarray(torch.sigmoid(torch.from_numpy(forward(network, films))).numpy())
