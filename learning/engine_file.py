"""The file that engines compute a network from: ONNX, batch norms folded, large weights in half precision.

The networks of our own are for films of any size whose sides divide by 32: padding and enlargement are then the same
for all sizes, and without arithmetic of sizes in the graph engines start sooner and are quicker.
"""

from __future__ import annotations

import io
import warnings
from copy import deepcopy
from typing import Final, cast

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from radcaliper.models.inference.engines import compute_by, network_by
from radcaliper.models.inference.forward import FEATURES, FILMS, OUTPUT, Network
from radcaliper.models.view.network import ViewNetwork
from radcaliper.models.view.predict import SIZE

_TRACED: Final = 64
"""Pixels of the square that a network for any size is traced with."""
_LARGE: Final = 1024
"""Weights of a layer from which they are kept in half precision."""
_OPSET: Final = 17
_TWICE: Final = "twice"
_LIKE_TENSORFLOW: Final = "padded_like_tensorflow"
"""Names of an initializer and of a scope in the graph."""


class _PaddedLikeTensorFlow(torch.nn.Module):
    """A strided convolution that pads alike on all sides, to be found in the graph by its scope's name."""

    def __init__(self, convolution: torch.nn.Conv2d) -> None:
        super().__init__()
        plain = torch.nn.Conv2d(
            convolution.in_channels,
            convolution.out_channels,
            convolution.kernel_size,  # type: ignore[arg-type]
            convolution.stride,  # type: ignore[arg-type]
            convolution.kernel_size[0] // 2,
            groups=convolution.groups,
            bias=convolution.bias is not None,
        )
        plain.load_state_dict(convolution.state_dict())
        self.add_module(_LIKE_TENSORFLOW, plain)

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        """The convolution."""
        answer: torch.Tensor = self.get_submodule(_LIKE_TENSORFLOW)(films)
        return answer


class _WithFeatures(torch.nn.Module):
    """The view recogniser, with the features that its answers rest on as a second output."""

    def __init__(self, network: ViewNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, films: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, kinds + 6) and features (B, 4160)."""
        last, fine = self.network.features(films)
        return self.network.answers(last, fine), last


def _with_plain_padding(network: torch.nn.Module) -> torch.nn.Module:
    """A copy whose strided convolutions pad alike on all sides, which ``_shift_padding`` puts right."""
    from timm.layers import Conv2dSame

    plain = deepcopy(network)
    for name, module in list(plain.named_modules()):
        if isinstance(module, Conv2dSame):
            parent, _, child = name.rpartition(".")
            setattr(plain.get_submodule(parent), child, _PaddedLikeTensorFlow(module))
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
    """Pad as TensorFlow's "same" does where sides divide by the stride of two: more after the film than before."""
    for node in graph.node:
        if node.op_type == "Conv" and _LIKE_TENSORFLOW in node.name:
            attributes = {attribute.name: attribute.ints for attribute in node.attribute}
            total = attributes["kernel_shape"][0] - 2
            attributes["pads"][:] = [total // 2] * 2 + [total - total // 2] * 2


def _scale_by_two(graph: onnx.GraphProto) -> None:
    """Let maps be enlarged twice, whatever their size."""
    resized = [node for node in graph.node if node.op_type == "Resize"]
    for node in resized:
        node.input[:] = [node.input[0], "", _TWICE]
    if resized:
        graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), _TWICE))


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Drop what no output rests on, such as the sizes of the film that was traced."""
    used = {value.name for value in graph.output}
    for node in reversed(list(graph.node)):
        if used.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            used.update(node.input)


def halve_large_weights(graph: onnx.GraphProto) -> None:
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


def _for_any_size(network: torch.nn.Module) -> onnx.ModelProto:
    model = _traced(_with_plain_padding(network), _TRACED, (OUTPUT,))
    _free(model, (0, 2, 3))
    _shift_padding(model.graph)
    _scale_by_two(model.graph)
    return model


def _for_views(network: ViewNetwork) -> onnx.ModelProto:
    plain = _with_plain_padding(network)
    model = _traced(_WithFeatures(cast("ViewNetwork", plain)), SIZE, (OUTPUT, FEATURES))
    _free(model, (0,))
    _shift_padding(model.graph)
    return model


def _for_one_size(network: torch.nn.Module, size: int) -> onnx.ModelProto:
    model = _traced(network, size, (OUTPUT,))
    _free(model, (0,))
    return model


def float_model(network: torch.nn.Module, size: int | None = None) -> onnx.ModelProto:
    """The model in single precision of a network that is ready to predict, for any number of films.

    A network of another library than ours is for squares of ``size`` pixels; ours are for any size (None).
    """
    if size is not None:
        model = _for_one_size(network, size)
    else:
        model = _for_views(network) if isinstance(network, ViewNetwork) else _for_any_size(network)
    _drop_unused(model.graph)
    return model


def engine_file(network: torch.nn.Module, size: int | None = None) -> bytes:
    """The file of such a model, its large weights in half precision."""
    model = float_model(network, size)
    halve_large_weights(model.graph)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def quick(network: torch.nn.Module) -> Network:
    """A network of ours that is ready to predict, as ONNX Runtime computes it: quicker than torch on a processor."""
    return network_by(compute_by("onnxruntime", engine_file(network), "float32"), OUTPUT)
