"""The options of the command line that say how networks are computed."""

from __future__ import annotations

from enum import StrEnum

from radcaliper.models.inference.computing import CannotCompute, Computing, resolved
from radcaliper.pipelines.cli_words import stop


class Device(StrEnum):
    """Where networks are computed."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Engine(StrEnum):
    """What computes networks."""

    AUTO = "auto"
    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    TORCH = "torch"


class Precision(StrEnum):
    """How exactly networks are computed."""

    AUTO = "auto"
    FLOAT32 = "float32"
    INT8 = "int8"
    BF16 = "bf16"


def check_computing(computing: Computing) -> None:
    """Raises typer.Exit for what this machine lacks."""
    try:
        resolved(computing)
    except CannotCompute as error:
        named = f"--device {computing.device} --engine {computing.engine} --precision {computing.precision}"
        raise stop(f"{named}: {error}") from error
