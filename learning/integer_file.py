"""The file that ONNX Runtime computes a network from in integers of 8 bits, in half the time.

Weights have a scale a channel; each map has one, with the range of least squared error on the network's inputs (static
quantization, Jacob 2018), and biases make good what the rounded weights do to a channel's mean (Nagel 2019). The first
two convolutions, on which all others rest and which cost little, stay in single precision, and so do the last ones but
where they see the film's full size; of what stays so, large weights are kept in half precision.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from radcaliper.learning.engine_file import halve_large_weights
from radcaliper.learning.full_size_steps import (
    kernel_and_bias,
    set_kernel_and_bias,
    with_channels_last_spread,
    with_quick_full_size_steps,
)
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.inference.forward import FILMS

Range = tuple[np.float32, np.float32]
_COMPUTING: Final = ("Conv", "Clip", "Relu", "Add")
_COPYING: Final = ("Resize", "Concat", "DepthToSpace", "Slice")
"""Operators whose maps hold new values, and those whose maps hold the values of others."""
_IN_INTEGERS: Final = (*_COMPUTING, "Resize", "Concat")
"""Operators that take and give integers; ONNX Runtime sees that the others then do so too."""
_EXACT_CONVOLUTIONS: Final = 2
_SAMPLED: Final = 1000
"""Values of each map that are taken from each input."""
_STEPS: Final = 255
_SHARES: Final = tuple(np.linspace(0.3, 1, 15).tolist())
_LARGEST_WEIGHT: Final = 127
_LOGITS: Final = (np.float32(-12), np.float32(12))
"""The range of logits that an answer in integers tells apart."""


def _optimized(model: onnx.ModelProto, level: ort.GraphOptimizationLevel) -> onnx.ModelProto:
    """The model as ONNX Runtime loads it, optimized up to a level that is the same for all processors."""
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "model.onnx")
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def with_constants_folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with constants folded: weights in single precision, bounds of activations as initializers."""
    return _optimized(model, ort.GraphOptimizationLevel.ORT_ENABLE_BASIC)


def _quick_to_load(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model of operators on integers, in place of operators between conversions to and from integers."""
    return _optimized(model, ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)


def _seen(model: onnx.ModelProto, inputs: Iterable[Grey]) -> Iterator[dict[str, NDArray[np.float32]]]:
    """The network's maps, (1, C, H, W) by name, for each input."""
    names = [node.output[0] for node in model.graph.node if node.op_type in (*_COMPUTING, *_COPYING)]
    with_maps = onnx.ModelProto()
    with_maps.CopyFrom(model)
    del with_maps.graph.output[:]
    with_maps.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = ort.InferenceSession(with_maps.SerializeToString(), providers=["CPUExecutionProvider"])
    for grey in inputs:
        outputs = zip(names, session.run(names, {FILMS: grey[None, None]}), strict=True)
        yield {name: found for name, found in outputs if found.ndim == 4}


@dataclass(frozen=True, eq=False)
class _Map:
    """What a map looks like: values of it, the extremes among them, and (C,) means of its channels."""

    values: NDArray[np.float32]
    means: NDArray[np.float32]

    @property
    def range(self) -> Range:
        """The share of the full range whose 256 steps give the values with the least squared error; zero is in it."""
        low, high = min(float(self.values.min()), 0.0), max(float(self.values.max()), 0.0)

        def error(share: float) -> float:
            step = share * (high - low) / _STEPS
            rounded = np.round(self.values.clip(share * low, share * high) / step) * step
            return float(np.square(rounded - self.values).mean())

        best = min(_SHARES, key=error)
        return np.float32(best * low), np.float32(best * high)


def _maps(model: onnx.ModelProto, inputs: Iterable[Grey]) -> dict[str, _Map]:
    """The network's maps as they look on the inputs."""
    random = np.random.default_rng(0)
    values: defaultdict[str, list[NDArray[np.float32]]] = defaultdict(list)
    means: defaultdict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for maps in _seen(model, inputs):
        for name, found in maps.items():
            values[name] += [random.choice(found.ravel(), _SAMPLED), np.array([found.min(), found.max()])]
            means[name].append(found.mean(axis=(0, 2, 3)))
    return {name: _Map(np.concatenate(values[name]), np.mean(means[name], axis=0)) for name in values}


def _ranges(model: onnx.ModelProto, maps: Mapping[str, _Map], logits: str) -> dict[str, Range]:
    """The ranges of all maps: what is copied keeps its range."""
    ranges = {FILMS: (np.float32(0), np.float32(1))}
    for node in model.graph.node:
        name = node.output[0]
        if node.op_type not in _COPYING and name in maps:
            ranges[name] = _LOGITS if name == logits else maps[name].range
        elif copied := [ranges[each] for each in node.input if each in ranges and node.op_type in _COPYING]:
            lows, highs = zip(*copied, strict=True)
            ranges[name] = min(lows), max(highs)
    return ranges


def _steps(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """(O, 1, 1, 1) steps of an (O, I, h, w) kernel, a step a channel.

    Processors without VNNI add the products of two neighbouring channels in 16 bits: steps are so large that this
    cannot overflow, and all processors say the same.
    """
    highest = np.abs(kernel).max(axis=(1, 2, 3))
    if kernel.shape[1] > 1:
        first, second = kernel[:, ::2], kernel[:, 1::2]
        for sign in (1, -1):
            together = (sign * first).clip(0) + (sign * second).clip(0)
            highest = np.maximum(highest, together.max(axis=(1, 2, 3)))
    return np.where(highest > 0, highest / _LARGEST_WEIGHT, 1).astype(np.float32)[:, None, None, None]


def _correct_biases(model: onnx.ModelProto, convolutions: Iterable[onnx.NodeProto], maps: Mapping[str, _Map]) -> None:
    """Take from each bias what rounding the weights adds to the mean of its channel."""
    for convolution in convolutions:
        kernel, bias = kernel_and_bias(model.graph, convolution)
        step = _steps(kernel)
        added = (np.round(kernel / step) * step - kernel).sum(axis=(2, 3))
        means = maps[convolution.input[0]].means
        shift = added[:, 0] * means if added.shape[1] < len(means) else added @ means
        set_kernel_and_bias(model.graph, convolution, kernel, bias - shift)


def _of_weights(model: onnx.ModelProto, convolutions: Iterable[onnx.NodeProto]) -> dict[str, list[dict[str, Any]]]:
    """Step and zero of every channel of the convolutions' kernels, as the quantizer takes them."""
    return {
        convolution.input[1]: [
            {"quant_type": QuantType.QInt8, "axis": 0, "scale": step, "zero_point": np.int8(0)}
            for step in _steps(kernel_and_bias(model.graph, convolution)[0]).ravel()
        ]
        for convolution in convolutions
    }


def _answering(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The output layers: convolutions whose output no other convolution uses, and the nodes behind them."""
    needed = set[str]()  # what convolutions rest on
    for node in reversed(graph.node):
        if node.op_type == "Conv" or not needed.isdisjoint(node.output):
            needed.update(node.input)
    return [node for node in graph.node if needed.isdisjoint(node.output)]


def integer_file(model: onnx.ModelProto, inputs: Sequence[Grey]) -> bytes:
    """The file of a network of ours in integers, for the same films as ``model``, the network in single precision.

    ``inputs`` are films (H, W) in [0, 1] as the network is given them, on which the ranges of its maps are measured.
    """
    simple = with_constants_folded(model)
    answers_in_integers = with_quick_full_size_steps(simple)
    maps = _maps(simple, inputs)
    convolutions = [node for node in simple.graph.node if node.op_type == "Conv"]
    exact = convolutions[:_EXACT_CONVOLUTIONS] + ([] if answers_in_integers else _answering(simple.graph))
    in_integers = [each for each in convolutions if each not in exact]
    _correct_biases(simple, in_integers, maps)
    ranges = _ranges(simple, maps, convolutions[-1].output[0])
    quantizer = QDQQuantizer(
        simple,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, ranges),
        nodes_to_quantize=[],
        nodes_to_exclude=[node.name for node in exact],
        op_types_to_quantize=list(_IN_INTEGERS),
        extra_options={"TensorQuantOverrides": _of_weights(simple, in_integers)},
    )
    quantizer.quantize_model()
    made = _quick_to_load(quantizer.model.model)
    with_channels_last_spread(made)
    halve_large_weights(made.graph)
    return bytes(made.SerializeToString())
