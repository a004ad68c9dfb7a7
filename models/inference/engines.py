"""Networks computed from their engine file (ONNX), by ONNX Runtime or OpenVINO, each film on one thread.

Threads may share a network: many films at a time keep the cores busy, and a film's answer does not depend on others.
Films of a batch are computed one after another, which takes as long as at once, and less memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock, local
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.models.inference.forward import FILMS, Network

if TYPE_CHECKING:
    import onnxruntime as ort
    import openvino

Compute = Callable[[NDArray[np.float32], str], NDArray[np.float32]]
"""From one film (1, 1, H, W) and the name of an output to that output."""


@cache
def _share_memory() -> None:
    """Let all networks of this process take turns in the same memory."""
    import onnxruntime as ort

    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg({}))


def _onnx_runtime(file: Path | bytes) -> Compute:
    import onnxruntime as ort

    _share_memory()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it keeps memory for every size of film
    options.add_session_config_entry("session.use_env_allocators", "1")
    session: ort.InferenceSession = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def compute(film: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        return np.asarray(session.run([output], {FILMS: film})[0])

    return compute


def import_openvino() -> ModuleType:
    """The package, without the one by which it tells Google Analytics that it was imported."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # to import it fails, as documented
    return import_module("openvino")


@cache
def _core() -> openvino.Core:
    return import_openvino().Core()


class _OpenVino:
    """A network that is compiled for each size of film when one comes."""

    def __init__(self, file: Path | bytes, precision: str) -> None:
        streams = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._options: Final[dict[str, Any]] = {
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            "NUM_STREAMS": streams,  # films at a time
            "INFERENCE_NUM_THREADS": streams,
            "ENABLE_CPU_PINNING": False,
        }
        self._model = _core().read_model(file)
        self._compiled: dict[tuple[int, ...], openvino.CompiledModel] = {}
        self._compiling, self._own = Lock(), local()

    def _request(self, shape: tuple[int, ...]) -> openvino.InferRequest:
        """This thread's request for films of a shape."""
        requests: dict[tuple[int, ...], openvino.InferRequest] = vars(self._own).setdefault("requests", {})
        if shape not in requests:
            with self._compiling:
                if shape not in self._compiled:
                    self._model.reshape(list(shape))
                    self._compiled[shape] = _core().compile_model(self._model, "CPU", self._options)
            requests[shape] = self._compiled[shape].create_infer_request()
        return requests[shape]

    def __call__(self, film: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        return np.array(self._request(film.shape).infer({FILMS: film}, share_inputs=True)[output])


def compute_by(engine: str, file: Path | bytes, precision: str) -> Compute:
    """What computes a network from its engine file or that file's content, by ``onnxruntime`` or ``openvino``."""
    return _OpenVino(file, precision) if engine == "openvino" else _onnx_runtime(file)


def network_by(compute: Compute, output: str) -> Network:
    """The network that gives one of the outputs."""

    def network(films: NDArray[np.float32]) -> NDArray[np.float32]:
        found = [compute(film[None], output) for film in films]
        return found[0] if len(found) == 1 else np.concatenate(found)

    return network
