"""Load a bundle's network: checked by hash, in single precision, once a process."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from threading import Lock
from typing import Final

import torch
from safetensors.torch import load

from radcaliper.models.inference.batches import on_device
from radcaliper.models.inference.device import chosen_device
from radcaliper.models.inference.forward import Network
from radcaliper.models.inference.memory_format import channels_last
from radcaliper.models.inference.networks import network_of
from radcaliper.models.inference.runtime import fastest_runtime, in_single_precision
from radcaliper.models.registry import bundle_of

_LOADING: Final = Lock()


@cache
def load_network(name: str) -> torch.nn.Module:
    """The network of the bundle ``name`` (or path, as of ``bundle_of``), ready to predict. Raises BrokenBundle."""
    bundle = bundle_of(name)
    state = load(bundle.verified_weights())
    answers = bundle.metadata["structures"] or bundle.metadata["views"]
    network = network_of(bundle.metadata["network"])(len(answers))
    network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return channels_last(network.eval())


@cache
def _on_device(name: str, device: str) -> Network:
    return on_device(deepcopy(load_network(name)), device)


@cache
def _predictor(name: str) -> Network:
    return fastest_runtime(load_network(name))


def load_predictor(name: str) -> Network:
    """The same network in the fastest runtime, or on the device that was chosen, for prediction alone.

    Worker threads share one.
    """
    device = chosen_device()
    with _LOADING:
        return _predictor(name) if device == "cpu" else _on_device(name, device)


@cache
def _small_predictor(name: str, size: int) -> Network:
    return in_single_precision(load_network(name), size)


def load_small_predictor(name: str, size: int) -> Network:
    """A small network, for films of ``size`` pixels, in the runtime that suits it, or on the device that was chosen.

    Worker threads share one.
    """
    device = chosen_device()
    with _LOADING:
        return _small_predictor(name, size) if device == "cpu" else _on_device(name, device)
