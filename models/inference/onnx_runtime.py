"""Networks computed by ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from radcaliper.models.inference.engine import FILMS


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # many films at a time, each on one thread
    options.enable_mem_pattern = False  # it serves films of one size alone, and keeps memory for each
    return options


class OnnxRuntimeNetwork:
    """A network from its engine file; threads may share it."""

    def __init__(self, content: bytes, precision: str) -> None:  # noqa: ARG002  it computes in single precision alone
        self._session = onnxruntime.InferenceSession(content, _options(), providers=["CPUExecutionProvider"])

    def compute(self, films: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        """An output for (B, 1, H, W) films, one after another: a batch takes as long, and more memory."""
        answers = [self._session.run([output], {FILMS: film[None]})[0] for film in films]
        return np.concatenate(answers) if len(answers) > 1 else np.asarray(answers[0])
