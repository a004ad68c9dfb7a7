"""Fit qc/thorax_modes.npz: ``python -m radcaliper.learning.chest.thorax_modes DATA OUTPUT``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.chest.labels import labelled_everywhere, labels_swapped
from radcaliper.learning.datasets.chest import chest_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES, Occupancies, occupancies_of

_MODES: Final = 16


def _shapes(data: Path) -> Iterator[Occupancies]:
    for film in chest_films(data):
        if (
            film.fold != HELD_OUT_FOLD
            and set(THORAX_STRUCTURES) <= labelled_everywhere(film)
            and not labels_swapped(film)
        ):
            yield occupancies_of(film.targets)


def main() -> None:
    """Fit mean and modes to the labelled masks of films that are not held out."""
    data, output = Path(sys.argv[1]), Path(sys.argv[2])
    shapes = np.stack(list(_shapes(data)))
    mean = shapes.mean(axis=0)
    _, deviations, modes = np.linalg.svd((shapes - mean).reshape(len(shapes), -1), full_matrices=False)
    scaled = modes[:_MODES] * deviations[:_MODES, None] / np.sqrt(len(shapes) - 1)
    np.savez_compressed(
        output, mean=mean.astype(np.float16), modes=scaled.reshape(_MODES, *mean.shape).astype(np.float16)
    )
    print(f"{len(shapes)} shapes; {np.square(deviations[:_MODES]).sum() / np.square(deviations).sum():.3f} explained")  # noqa: T201


if __name__ == "__main__":
    main()
