"""The runtime of a network: ONNX Runtime where it is installed and faster, else torch.

Their outputs differ by about 1e-4 of a logit. On a processor without bf16, ONNX Runtime takes 0.6 of torch's time over
the chest network.
"""

from __future__ import annotations

import io
import warnings
from importlib.util import find_spec
from typing import Final

import numpy as np
import torch

from radcaliper.models.inference.forward import Network, has_bfloat16

_TRACED: Final = 64
"""Pixels of the square that a network for any size is traced with."""


def _as_onnx(network: torch.nn.Module, size: int) -> bytes:
    """The network in ONNX, for any number of films of any size that it takes; it is traced at ``size`` pixels."""
    free = {0: "films", 2: "rows", 3: "cols"}
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's advice about itself, and traced checks of sizes
        torch.onnx.export(
            network,
            (torch.zeros(1, 1, size, size),),
            content,  # type: ignore[arg-type]  # this exporter also writes to open files
            input_names=["films"],
            output_names=["output"],
            dynamic_axes={"films": free, "output": free},
            dynamo=False,
        )
    return content.getvalue()


def _by_onnx_runtime(network: torch.nn.Module, size: int) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # many films at a time, each on one thread
    session = onnxruntime.InferenceSession(_as_onnx(network, size), options, providers=["CPUExecutionProvider"])

    def compute(films: torch.Tensor) -> torch.Tensor:
        (output,) = session.run(None, {"films": films.contiguous().numpy()})
        return torch.from_numpy(np.asarray(output))

    return compute


def in_single_precision(network: torch.nn.Module, size: int) -> Network:
    """A small network, for films of ``size`` pixels, in its fastest runtime: ONNX Runtime where that is installed."""
    if find_spec("onnxruntime") is None or find_spec("onnx") is None:
        return network
    return _by_onnx_runtime(network, size)


def fastest_runtime(network: torch.nn.Module) -> Network:
    """The network in the runtime that is fastest on this machine."""
    if has_bfloat16() or find_spec("onnxruntime") is None or find_spec("onnx") is None:
        return network
    return _by_onnx_runtime(network, _TRACED)
