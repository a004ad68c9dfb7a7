"""Start a network from the weights of a bundle: what one kind of film taught the encoder serves another."""

from __future__ import annotations

import torch

from radcaliper.models.inference.loading import load_network


def start_from_bundle(network: torch.nn.Module, bundle: str) -> tuple[int, int]:
    """Copy every tensor of the bundle's network that ``network`` has under the same name and shape; leave the rest.

    Returns how many tensors were copied, and how many ``network`` has.
    """
    own = network.state_dict()
    learned = load_network(bundle).state_dict()
    shared = {name: tensor for name, tensor in learned.items() if name in own and own[name].shape == tensor.shape}
    network.load_state_dict(own | shared)
    return len(shared), len(own)
