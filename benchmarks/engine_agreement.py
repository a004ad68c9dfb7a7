"""How far engines agree with torch on chest films: ``engine_agreement.py FILM...`` prints a table.

Dice of every structure's mask with torch's in single precision, and the difference of the cardiothoracic ratio.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from radcaliper.measurements.chest.cardiothoracic import cardiothoracic_ratio
from radcaliper.measurements.types import Grid, Masks, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.computing import Computing, computing_by
from radcaliper.pipelines.protocols.chest.predict import predict
from radcaliper.pipelines.reading import read_radiograph

TORCH: Final = Computing(engine="torch")
OTHERS: Final = (
    Computing(engine="onnxruntime", precision="float32"),
    Computing(engine="onnxruntime", precision="int8"),
    Computing(engine="openvino", precision="float32"),
    Computing(engine="openvino", precision="bf16"),
)
GRID: Final = Grid(1, 1, "px")


def masks_by(computing: Computing, film: Radiograph) -> Masks:
    """The masks of a chest film as an engine computes them."""
    with computing_by(computing):
        return predict(film).masks


def main() -> None:
    """Compare the engines on the films that are named on the command line."""
    films = [read_radiograph(Path(path)) for path in sys.argv[1:]]
    expected = [masks_by(TORCH, film) for film in films]
    shown = Table("engine", "films", "least Dice", "median Dice", "mean ratio error", "largest", box=None)
    for computing in OTHERS:
        found = [masks_by(computing, film) for film in films]
        agreed = [dice(a[name], b[name]) for a, b in zip(expected, found, strict=True) for name in a]
        ratios = [[cardiothoracic_ratio(masks, GRID).value for masks in each] for each in (expected, found)]
        errors = np.abs(np.subtract(*ratios))
        words = (f"{value:.4f}" for value in (min(agreed), float(np.median(agreed)), errors.mean(), errors.max()))
        shown.add_row(f"{computing.engine}, {computing.precision}", str(len(films)), *words)
    Console().print(shown)


if __name__ == "__main__":
    main()
