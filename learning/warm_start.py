"""Start a network from the weights of a bundle: what one kind of film taught the encoder serves another."""

from __future__ import annotations

import torch

from radcaliper.models.inference.loading import load_network


def start_from_bundle(network: torch.nn.Module, bundle: str) -> None:
    """Copy every tensor of the bundle's network that ``network`` has under the same name and shape; leave the rest."""
    own = network.state_dict()
    learned = load_network(bundle).state_dict()
    shared = {name: tensor for name, tensor in learned.items() if name in own and own[name].shape == tensor.shape}
    network.load_state_dict(own | shared)


def start_channels_from_bundle(network: torch.nn.Module, bundle: str) -> None:
    """The same; a tensor of more output channels than the bundle's has the bundle's as its first ones."""
    start_from_bundle(network, bundle)
    own = network.state_dict()
    for name, tensor in load_network(bundle).state_dict().items():
        if name in own and own[name].dim() and own[name].shape[1:] == tensor.shape[1:]:
            own[name][: len(tensor)] = tensor
    network.load_state_dict(own)
