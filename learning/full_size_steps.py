"""The steps of a network with maps of the film's full size, rewritten so that processors compute them sooner.

What the network says stays the same, but for rounding.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from radcaliper.models.inference.forward import OUTPUT

_TOGETHER: Final = 16
"""Channels that a processor computes at once."""
_PAIRS: Final = "spread_pairs", [0, 0, 0, 2, -1]
_TWICE_AS_LARGE: Final = "spread_twice", [1, 2, 2, 1]
_A_QUARTER: Final = "spread_quarter", [1, 1, 1, 4]
"""Constants of the ONNX graph, name and values: the shape that separates pairs of channels, and the factors from the
small map's shape to that of a map of twice the sides and a quarter of the channels."""


def _on_the_small_map(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (4 O, I, 3, 3) kernel that gives the four pixels of each place of a map, for an (O, I, 3, 3) kernel on the
    map enlarged twice.
    """
    places = np.zeros((2, 2, *kernel.shape), np.float32)
    for row, col, down, across in np.ndindex(2, 2, 3, 3):
        of_place = places[row, col, :, :, (row + down - 1) // 2 + 1, (col + across - 1) // 2 + 1]
        of_place += kernel[:, :, down, across]
    return places.reshape(-1, *kernel.shape[1:])


def kernel_and_bias(graph: onnx.GraphProto, convolution: onnx.NodeProto) -> tuple[NDArray[np.float32], ...]:
    """Kernel (O, I, h, w) and bias (O,) of a convolution."""
    of_name = {each.name: each for each in graph.initializer}
    return tuple(np.asarray(numpy_helper.to_array(of_name[name]), np.float32) for name in convolution.input[1:])


def set_kernel_and_bias(
    graph: onnx.GraphProto, convolution: onnx.NodeProto, kernel: NDArray[np.float32], bias: NDArray[np.float32]
) -> None:
    """Give a convolution another kernel and bias; those that it had may also be another's."""
    before = set(convolution.input[1:])
    convolution.input[1:] = [f"{convolution.name}_{kind}_{len(graph.initializer)}" for kind in ("kernel", "bias")]
    used = {name for node in graph.node for name in node.input}
    for each in [each for each in graph.initializer if each.name in before - used]:
        graph.initializer.remove(each)
    for name, values in zip(convolution.input[1:], (kernel, bias), strict=True):
        graph.initializer.append(numpy_helper.from_array(values, name))


def _enlarge_later(graph: onnx.GraphProto, enlarged: onnx.NodeProto, convolution: onnx.NodeProto) -> None:
    """Compute a convolution of an enlarged map and its activation on the small map, and spread the channels after."""
    activation = next(node for node in graph.node if convolution.output[0] in node.input)
    kernel, bias = kernel_and_bias(graph, convolution)
    set_kernel_and_bias(graph, convolution, _on_the_small_map(kernel), np.tile(bias, 4))
    convolution.input[0] = enlarged.input[0]
    full, activation.output[0] = activation.output[0], f"{activation.output[0]}_small"
    spread = helper.make_node("DepthToSpace", [activation.output[0]], [full], f"{full}_spread", blocksize=2)
    graph.node.insert(list(graph.node).index(activation) + 1, spread)
    graph.node.remove(enlarged)


def _fill_channels(graph: onnx.GraphProto, last: onnx.NodeProto) -> None:
    """Let the last convolution have as many channels as are computed at once, and drop those that nobody asked for."""
    kernel, bias = kernel_and_bias(graph, last)
    more = (0, -len(bias) % _TOGETHER)
    set_kernel_and_bias(graph, last, np.pad(kernel, (more, (0, 0), (0, 0), (0, 0))), np.pad(bias, more))
    last.output[0] = f"{OUTPUT}_filled"
    bounds = {"first": 0, "end": len(bias), "axis": 1}
    graph.initializer.extend(numpy_helper.from_array(np.array([value]), name) for name, value in bounds.items())
    graph.node.append(helper.make_node("Slice", [last.output[0], *bounds], [OUTPUT], f"{OUTPUT}_cut"))


def _spread_of(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Nodes equivalent to a DepthToSpace node of block size 2, computed with the channels last."""
    (small,), (full,) = node.input, node.output

    def step(kind: str, inputs: list[str], made: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, [made], f"{node.name}_{kind}_{made}", **attributes)

    last, pairs, rows, size = (f"{full}_{name}" for name in ("channels_last", "pairs", "rows", "size"))
    return [
        step("Transpose", [small], last, perm=[0, 2, 3, 1]),
        step("Reshape", [last, _PAIRS[0]], pairs),
        step("Transpose", [pairs], rows, perm=[0, 1, 3, 2, 4]),
        step("Shape", [last], f"{last}_shape"),
        step("Mul", [f"{last}_shape", _TWICE_AS_LARGE[0]], f"{size}_twice"),
        step("Div", [f"{size}_twice", _A_QUARTER[0]], size),
        step("Reshape", [rows, size], f"{full}_last"),
        step("Transpose", [f"{full}_last"], full, perm=[0, 3, 1, 2]),
    ]


def with_channels_last_spread(model: onnx.ModelProto) -> None:
    """Replace DepthToSpace of block size 2 by nodes with the channels last, the layout of integers in ONNX Runtime.

    Its own DepthToSpace needs the channels first, so that the full map would be transposed twice.
    """
    graph = model.graph
    spreads = [node for node in graph.node if node.op_type == "DepthToSpace"]
    for node in spreads:
        place = list(graph.node).index(node)
        graph.node.remove(node)
        for each in reversed(_spread_of(node)):
            graph.node.insert(place, each)
    if spreads:
        constants = (_PAIRS, _TWICE_AS_LARGE, _A_QUARTER)
        graph.initializer.extend(numpy_helper.from_array(np.array(values), name) for name, values in constants)


def with_quick_full_size_steps(model: onnx.ModelProto) -> bool:
    """Rewrite a model whose last convolution sees the film's full size; whether it is one."""
    graph = model.graph
    made_by = {name: node for node in graph.node for name in node.output}
    enlarged_for = [
        (made_by[node.input[0]], node)
        for node in graph.node
        if node.op_type == "Conv" and node.input[0] in made_by and made_by[node.input[0]].op_type == "Resize"
    ]
    last = made_by[OUTPUT]
    if last.op_type != "Conv" or not enlarged_for:
        return False
    for enlarged, convolution in enlarged_for:
        _enlarge_later(graph, enlarged, convolution)
    _fill_channels(graph, last)
    return True
