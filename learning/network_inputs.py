"""What the networks are given when films are measured: inputs on which a network is calibrated in integers.

They come from films that are not judged: neither the held-out fifth nor the validation fifth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.datasets.spine import read_grey
from radcaliper.learning.datasets.split import HELD_OUT_FOLD, VALIDATION_FOLD, fold_of
from radcaliper.measurements.types import Radiograph
from radcaliper.models.hip.predict import predict_hips
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.inference.forward import Network
from radcaliper.models.inference.loading import in_place_of
from radcaliper.models.spine.predict import predict_spine
from radcaliper.models.tubes.predict import predict_tubes
from radcaliper.models.view.predict import predict_view
from radcaliper.pipelines.protocols.chest.predict import predict

_FILMS: Final = 24
"""Films of each table."""


def _tubes(film: Radiograph) -> None:
    predict_tubes(film, predict(film).masks)


_CHEST: Final = ("chest/manifest.csv", "")
_SPINE: Final = ("spine/aasce/landmarks.csv", "")
_HIP: Final = ("hip/real_bonebreak/films.csv", "hip/real_bonebreak/images")
"""Tables of films, and the folders that their images lie in."""
_MEASURED: Final[dict[str, tuple[tuple[tuple[str, str], ...], Callable[[Radiograph], object]]]] = {
    "chest_anatomy": ((_CHEST,), predict),
    "chest_tubes": ((_CHEST,), _tubes),
    "spine_locator": ((_SPINE,), predict_spine),
    "spine_vertebrae": ((_SPINE,), predict_spine),
    "spine_levels": ((_SPINE,), predict_spine),
    "hip_femur": ((_HIP,), predict_hips),
    "view": ((_CHEST, _SPINE, _HIP), predict_view),
}
"""For each bundle the tables of films that its network is for, and what measures one."""


def _films(data: Path, table: str, folder: str) -> Iterator[Radiograph]:
    """Films of a table, evenly through it."""
    rows = pd.read_csv(data / table, dtype=str)
    rows = rows[~rows["patient_group"].map(fold_of).isin((HELD_OUT_FOLD, VALIDATION_FOLD))]
    for place in np.linspace(0, len(rows) - 1, min(_FILMS, len(rows))).round().astype(int):
        yield Radiograph(read_grey(data / folder / rows["image"].iloc[place]))


def network_inputs(bundle: str, network: Network, data: Path) -> list[Grey]:
    """What a bundle's network is given, (H, W) in [0, 1] each, on films of the labelled sets under ``data``.

    ``network`` is what the bundle will have; the bundles of other networks are those that ship.
    """
    inputs: list[Grey] = []

    def recording(films: NDArray[np.float32]) -> NDArray[np.float32]:
        inputs.extend(films[:, 0])
        return network(films)

    tables, measured = _MEASURED[bundle]
    with in_place_of(bundle, recording):
        for table, folder in tables:
            for film in _films(data, table, folder):
                measured(film)
    return inputs
