"""A bundle's network with other weights than those that ship, as of one fold of a cross-validation."""

from __future__ import annotations

from pathlib import Path

from radcaliper.learning.engine_file import quick
from radcaliper.models.inference.forward import Network
from radcaliper.models.inference.loading import network_with
from radcaliper.models.registry import BUNDLES


def network_of_weights(bundle: str, weights: Path) -> Network:
    """The network of ``bundle`` with the weights of a safetensors file, as an engine computes it in single precision.

    Raises FileNotFoundError where there is no such file.
    """
    return quick(network_with(BUNDLES[bundle], weights.read_bytes()))
