"""The forward pass of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From films (B, 1, H, W) in [0, 1] to maps (B, C, H', W'), or to a vector (B, C) a film."""
FILMS: Final = "films"
"""What a network takes, as its engine file names it."""
OUTPUT: Final = "output"
FEATURES: Final = "features"
"""What a network gives: its answer; the view recogniser also the (B, 4160) features that this rests on."""


def forward(network: Network, films: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's output (B, C, H, W) for (B, H, W) films in [0, 1]."""
    return network(np.ascontiguousarray(films[:, None], dtype=np.float32))


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits; by the tangent, which numpy computes quickly and which does not overflow."""
    probabilities: NDArray[np.float32] = np.multiply(logits, np.float32(0.5))
    np.tanh(probabilities, out=probabilities)
    probabilities *= np.float32(0.5)
    probabilities += np.float32(0.5)
    return probabilities


def predict(network: Network, films: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (B, C, H, W) from a network whose output is logits, for (B, H, W) films in [0, 1]."""
    return sigmoid(forward(network, films))
