"""Load a bundle's network: checked by hash, in single precision, once a process."""

from __future__ import annotations

from functools import cache

import torch
from safetensors.torch import load

from radcaliper.models.layout import channels_last
from radcaliper.models.networks import NETWORKS
from radcaliper.models.registry import BUNDLES


@cache
def load_network(name: str) -> torch.nn.Module:
    """The network of the bundle ``name``, ready to predict. Raises KeyError (unknown name) or BrokenBundle."""
    bundle = BUNDLES[name]
    state = load(bundle.verified_weights())
    network = NETWORKS[bundle.metadata["network"]](len(bundle.metadata["structures"]))
    network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return channels_last(network.eval())
