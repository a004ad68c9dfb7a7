"""The file that engines compute a network from: ONNX, batch norms folded, large weights in half precision.

Padding is fixed for films whose sides divide by 32, as those of every bundle do: without arithmetic of sizes in the
graph, engines start sooner.
"""

from __future__ import annotations

import io
import warnings
from copy import deepcopy
from typing import Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from timm.layers import Conv2dSame

from radcaliper.models.inference.engine import FEATURES, FILMS, OUTPUT
from radcaliper.models.view.network import ViewNetwork
from radcaliper.models.view.predict import SIZE

_TRACED: Final = 64
"""Pixels of the square that a network for any size is traced with."""
_LARGE: Final = 1024
"""Weights of a layer from which they are kept in half precision."""
_OPSET: Final = 17
_TWICE: Final = "twice"


class _WithFeatures(torch.nn.Module):
    """The view recogniser, with the features that its answers rest on as a second output."""

    def __init__(self, network: ViewNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, films: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, kinds + 6) and features (B, 4160)."""
        last, fine = self.network.features(films)
        return self.network.answers(last, fine), last


def _padding_by_itself(network: torch.nn.Module) -> torch.nn.Module:
    """A copy whose strided convolutions pad alike before and after; ``_shift_padding`` puts that right."""
    plain = deepcopy(network)
    for name, module in list(plain.named_modules()):
        if isinstance(module, Conv2dSame):
            parent, _, child = name.rpartition(".")
            own = torch.nn.Conv2d(
                module.in_channels,
                module.out_channels,
                module.kernel_size,  # type: ignore[arg-type]
                module.stride,  # type: ignore[arg-type]
                module.kernel_size[0] // 2,
                groups=module.groups,
                bias=module.bias is not None,
            )
            own.load_state_dict(module.state_dict())
            setattr(plain.get_submodule(parent), child, own)
    return plain.eval()


def _traced(network: torch.nn.Module, size: int, outputs: tuple[str, ...]) -> onnx.ModelProto:
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's advice about itself, and traced checks of sizes
        torch.onnx.export(
            network,
            (torch.zeros(1, 1, size, size),),
            content,  # type: ignore[arg-type]  # this exporter also writes to open files
            input_names=[FILMS],
            output_names=list(outputs),
            opset_version=_OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(content.getvalue())


def _free(model: onnx.ModelProto, free: tuple[int, ...]) -> None:
    """Let the dimensions ``free`` of films and outputs be of any length."""
    for value in (*model.graph.input, *model.graph.output):
        dimensions = value.type.tensor_type.shape.dim
        for place in free:
            if place < len(dimensions):
                dimensions[place].dim_param = f"{value.name}_{place}"


def _shift_padding(graph: onnx.GraphProto) -> None:
    """Pad strided convolutions as TensorFlow's "same" does where sides divide by the stride: more after than before."""
    for node in graph.node:
        attributes = {attribute.name: attribute.ints for attribute in node.attribute}
        if node.op_type == "Conv" and attributes["strides"][0] == 2:
            total = attributes["kernel_shape"][0] - 2
            attributes["pads"][:] = [total // 2] * 2 + [total - total // 2] * 2


def _scale_by_two(graph: onnx.GraphProto) -> None:
    """Let maps be enlarged twice, whatever their size; nodes that told the traced size are dropped."""
    graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), _TWICE))
    for node in graph.node:
        if node.op_type == "Resize":
            node.input[:] = [node.input[0], "", _TWICE]
    used = {value.name for value in graph.output}
    for node in reversed(list(graph.node)):
        if used.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            used.update(node.input)


def _halve(graph: onnx.GraphProto) -> None:
    """Keep large weights in half precision; engines widen them once, when they load the file."""
    widened = []
    for weights in list(graph.initializer):
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size >= _LARGE:
            half = numpy_helper.from_array(values.astype(np.float16), f"{weights.name}_half")
            graph.initializer.remove(weights)
            graph.initializer.append(half)
            widened.append(helper.make_node("Cast", [half.name], [weights.name], to=TensorProto.FLOAT))
    for node in reversed(widened):
        graph.node.insert(0, node)


def engine_file(network: torch.nn.Module) -> bytes:
    """The file of a network that is ready to predict: any number of films, of any size that it takes."""
    if isinstance(network, ViewNetwork):
        model = _traced(_WithFeatures(_padding_by_itself(network)), SIZE, (OUTPUT, FEATURES))
        _free(model, (0,))
    else:
        model = _traced(_padding_by_itself(network), _TRACED, (OUTPUT,))
        _free(model, (0, 2, 3))
    _shift_padding(model.graph)
    _scale_by_two(model.graph)
    _halve(model.graph)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()
