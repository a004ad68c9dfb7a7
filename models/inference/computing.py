"""Where and by what networks are computed, chosen by whoever measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final


class CannotCompute(RuntimeError):
    """This machine lacks a device or an engine; the message is one line."""


@dataclass(frozen=True)
class Computing:
    """How networks are computed.

    ``device`` is ``cpu``, ``cuda``, ``mps``, or ``auto``: the first of cuda, mps and cpu that is here. ``engine`` is
    ``onnxruntime``, ``openvino``, ``torch``, or ``auto``: ONNX Runtime on a processor, torch elsewhere. ``precision``
    is ``float32``, in which all engines agree on every processor; ``int8``, in which ONNX Runtime computes the networks
    that have a file in integers; ``bf16``, which OpenVINO and torch compute on processors; or ``auto``: int8 by ONNX
    Runtime, float32 by others.
    """

    device: str = "cpu"
    engine: str = "auto"
    precision: str = "auto"


DEFAULT: Final = Computing()
_UNLESS_CHOSEN: Final = Computing(engine="onnxruntime", precision="int8")
_CHOSEN: Final[ContextVar[Computing]] = ContextVar("computing", default=_UNLESS_CHOSEN)


def _is_here(device: str) -> bool:
    """Whether this machine has a device; asked for each film, so only about the device that is meant."""
    if device == "cpu":
        return True
    if find_spec("torch") is None:
        return False
    import torch

    checks: dict[str, Callable[[], bool]] = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    return checks[device]()


def _device(device: str) -> str:
    if device == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if _is_here(name))
    if not _is_here(device):
        why = "as far as torch sees" if find_spec("torch") else 'without torch: pip install "radcaliper[torch]"'
        raise CannotCompute(f"there is no device {device} here, {why}")
    return device


def _engine(engine: str, device: str) -> str:
    if engine == "auto":
        return "onnxruntime" if device == "cpu" else "torch"
    if device != "cpu" and engine != "torch":
        raise CannotCompute(f"{engine} computes on processors alone, and the device is {device}")
    if find_spec(engine) is None:
        raise CannotCompute(f'{engine} is not installed: pip install "radcaliper[{engine}]"')
    return engine


def _precision(precision: str, engine: str, device: str) -> str:
    if precision == "auto":
        return "int8" if engine == "onnxruntime" else "float32"
    if precision == "bf16" and (engine == "onnxruntime" or device != "cpu"):
        raise CannotCompute("bf16 is computed on processors alone, by the engines openvino and torch")
    if precision == "int8" and engine != "onnxruntime":
        raise CannotCompute("int8 is computed by the engine onnxruntime alone")
    return precision


def resolved(computing: Computing) -> Computing:
    """The same with device, engine and precision named. Raises CannotCompute for what is not here."""
    device = _device(computing.device)
    engine = _engine(computing.engine, device)
    return Computing(device, engine, _precision(computing.precision, engine, device))


@contextmanager
def computing_by(computing: Computing) -> Iterator[None]:
    """Within, in this thread, networks are computed so, as by ``resolved``. Raises CannotCompute."""
    token = _CHOSEN.set(resolved(computing))
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def chosen_computing() -> Computing:
    """How networks are computed, all of it named: by ONNX Runtime unless ``computing_by`` says otherwise."""
    return _CHOSEN.get()
