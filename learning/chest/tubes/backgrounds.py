"""Films without tubes, which tubes are drawn into, with the chest network's masks of their anatomy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radcaliper.learning.datasets.chest import read_manifest, read_mask
from radcaliper.learning.datasets.spine import read_grey
from radcaliper.learning.datasets.split import fold_of
from radcaliper.measurements.types import Mask, Radiograph
from radcaliper.models.chest.channels import CHEST_STRUCTURES
from radcaliper.models.inference.forward import predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.postprocess import full_size_mask, largest_component
from radcaliper.models.inference.segment import network_square
from radcaliper.models.tubes.channels import TUBES

_EVERY: Final = {"jsrt": 1, "wingspan": 1, "covid100": 1, "v7": 3}
"""Every how many films of each set one is used. v7 has tubes that are not labelled, so fewer of its films are used."""


@dataclass(frozen=True)
class Background:
    """One film without a labelled tube: grey (H, W) in [0, 1], the chest network's masks, and the labelled airways."""

    name: str
    dataset: str
    fold: int
    grey: NDArray[np.float32]
    masks: dict[str, Mask]
    airways: Mask | None


def _chest_masks(name: str, grey: NDArray[np.float32], work: Path) -> dict[str, Mask]:
    """The chest network's masks from one pass, kept in ``work`` because they take a while."""
    kept = work / "masks" / f"{Path(name).stem}.npz"
    if not kept.exists():
        square, box = network_square(Radiograph(grey), 384)
        maps = predict(load_predictor("chest_anatomy"), square[None])[0]
        found = [full_size_mask(each, largest_component(each), box) for each in maps]
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(kept, bits=np.packbits(np.stack(found)))
    with np.load(kept) as stored:
        count = len(CHEST_STRUCTURES) * grey.size
        masks = np.unpackbits(stored["bits"], count=count).astype(bool).reshape(-1, *grey.shape)
    return dict(zip(CHEST_STRUCTURES, masks, strict=True))


def has_tube(manifest: pd.DataFrame) -> pd.Series:
    """Which films of the chest manifest have a labelled tube."""
    return manifest.structures.str.split(";").map(lambda found: bool(set(found) & set(TUBES)))


def backgrounds(data: Path, work: Path) -> Iterator[Background]:
    """Every film of the chest manifest whose patient has no labelled tube on any film."""
    manifest = read_manifest(data)
    tubed = has_tube(manifest)
    free = manifest[~manifest.patient_group.isin(set(manifest.patient_group[tubed]))]
    for source, every in _EVERY.items():
        for row in free[free.source == source].iloc[::every].itertuples():
            path = data / str(row.image)
            grey = read_grey(path)
            drawn = path.parent.parent / "masks" / "airways" / f"{path.stem}.png"
            airways = read_mask(drawn) if drawn.exists() else None
            masks = _chest_masks(str(row.image), grey, work)
            yield Background(str(row.image), source, fold_of(str(row.patient_group)), grey, masks, airways)
