"""Load a bundle's network: checked by hash, once a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from radcaliper.models.inference.computing import Computing, chosen_computing
from radcaliper.models.inference.engines import Compute, compute_by, network_by
from radcaliper.models.inference.forward import OUTPUT, Network
from radcaliper.models.registry import Bundle, bundle_of

if TYPE_CHECKING:
    import torch

_LOADING: Final = Lock()
_IN_PLACE: Final[ContextVar[Mapping[str, Network]]] = ContextVar("in place", default={})  # noqa: B039  never changed


@contextmanager
def in_place_of(name: str, network: Network) -> Iterator[None]:
    """Within, in this thread, ``network`` answers in place of the bundle ``name``'s, whichever output is asked for."""
    token = _IN_PLACE.set({**_IN_PLACE.get(), name: network})
    try:
        yield
    finally:
        _IN_PLACE.reset(token)


def network_with(bundle: Bundle, weights: bytes) -> torch.nn.Module:
    """A bundle's torch network with the weights of a safetensors file, in single precision, ready to predict."""
    from safetensors.torch import load

    from radcaliper.models.inference.memory_format import channels_last
    from radcaliper.models.inference.networks import network_of

    state = load(weights)
    answers = bundle.metadata["structures"] or bundle.metadata["views"]
    network = network_of(bundle.metadata["network"])(len(answers))
    network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return channels_last(network.eval())


def _fresh_network(name: str) -> torch.nn.Module:
    bundle = bundle_of(name)
    return network_with(bundle, bundle.verified_weights())


@cache
def load_network(name: str) -> torch.nn.Module:
    """The torch network of the bundle ``name`` (or path, as of ``bundle_of``), in single precision, ready to predict.

    It needs the extra ``torch``. Raises BrokenBundle.
    """
    return _fresh_network(name)


@cache
def _compute(name: str, engine: str, precision: str) -> Compute:
    bundle = bundle_of(name)
    if precision == "int8" and bundle.has_integer_file:
        return compute_by(engine, bundle.verified_integer_file(), precision)
    return compute_by(engine, bundle.verified_engine_file(), precision)


@cache
def _predictor(name: str, computing: Computing, output: str) -> Network:
    if computing.engine != "torch":
        return network_by(_compute(name, computing.engine, computing.precision), output)
    from radcaliper.models.inference.torch_network import by_torch, giving, on_device

    if computing.device == "cpu":
        return by_torch(giving(load_network(name), output), computing.precision)
    return on_device(_fresh_network(name), output, computing.device)


def load_predictor(name: str, output: str = OUTPUT) -> Network:
    """The network of the bundle ``name`` for prediction alone, giving its answer or another output.

    It is computed as ``computing_by`` says, and worker threads share one; ``in_place_of`` puts another one in its
    place. Raises BrokenBundle.
    """
    if name in (in_place := _IN_PLACE.get()):
        return in_place[name]
    with _LOADING:
        return _predictor(name, chosen_computing(), output)
