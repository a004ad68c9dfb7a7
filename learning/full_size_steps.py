"""The steps of a network with maps of the film's full size, rewritten so that processors compute them sooner.

What the network says stays the same, but for rounding.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from radcaliper.models.inference.forward import OUTPUT

_TOGETHER: Final = 16
"""Channels that a processor computes at once."""


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
