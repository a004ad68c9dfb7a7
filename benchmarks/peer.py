"""What computing a network takes, in a process of its own; ``speed.py`` puts it in a table.

``peer.py pspnet THREADS``: one pass of segmentation-models-pytorch's PSPNet on a ResNet-50 over one square of 512
pixels by torch, in single precision and in bf16 (autocast). ``peer.py ENGINE PRECISION BUNDLE ROWS COLS ...``: one pass
of each bundle's network on one thread, and what it takes until its first pass is done. Prints JSON in milliseconds; a
pass is the median of 5 after one that warms up.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from statistics import median
from typing import Final

import numpy as np

from radcaliper.models.inference.computing import Computing, computing_by
from radcaliper.models.inference.engines import import_openvino
from radcaliper.models.inference.forward import forward
from radcaliper.models.inference.loading import load_predictor

PASSES: Final = 5


def milliseconds(work: Callable[[], object]) -> float:
    """The median over the passes after one that warms up."""
    work()
    taken = []
    for _ in range(PASSES):
        started = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken)


def pspnet(threads: int) -> dict[str, float]:
    """Milliseconds by precision."""
    import segmentation_models_pytorch as smp
    import torch

    torch.set_num_threads(threads)
    network = smp.PSPNet("resnet50", encoder_weights=None).eval()
    film = torch.zeros(1, 3, 512, 512)

    def forward(bf16: bool) -> object:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            return network(film)

    return {"float32": milliseconds(lambda: forward(False)), "bf16": milliseconds(lambda: forward(True))}


def bundles(engine: str, precision: str, inputs: Sequence[tuple[str, int, int]]) -> dict[str, float]:
    """Milliseconds of importing the engine, and of each network."""
    started = time.perf_counter()
    import_openvino() if engine == "openvino" else import_module(engine)
    taken = {"import": 1000 * (time.perf_counter() - started)}
    if engine == "torch":
        import torch

        torch.set_num_threads(1)
    with computing_by(Computing(engine=engine, precision=precision)):
        for name, rows, cols in inputs:
            film = np.random.default_rng(0).random((1, rows, cols), dtype=np.float32)
            started = time.perf_counter()
            network = load_predictor(name)
            forward(network, film)
            taken[f"{name} loading"] = 1000 * (time.perf_counter() - started)
            taken[name] = milliseconds(partial(forward, network, film))
    return taken


def main() -> None:
    """Compute what the command line names."""
    name, *words = sys.argv[1:]
    if name == "pspnet":
        taken = pspnet(int(words[0]))
    else:
        precision, *places = words
        inputs = [
            (bundle, int(rows), int(cols))
            for bundle, rows, cols in zip(places[::3], places[1::3], places[2::3], strict=True)
        ]
        taken = bundles(name, precision, inputs)
    sys.stdout.write(json.dumps(taken) + "\n")


if __name__ == "__main__":
    main()
