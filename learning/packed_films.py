"""The packed training films as a dataset with live augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from monai.transforms import (
    Compose,
    RandAdjustContrastd,
    RandAffined,
    RandCoarseDropoutd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandHistogramShiftd,
)
from numpy.typing import NDArray
from torch.utils.data import Dataset

from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.random_markings import RandMarkingsd
from radcaliper.models.chest.channels import CHEST_STRUCTURES, mirrored_order

SAMPLING: Final = {"jsrt": 0.8, "wingspan": 1.2, "covid100": 4.0, "v7": 0.35, "aasce": 0.12, "ct": 0.25}
"""How often an epoch shows a film of each set. Rare labels and good labels are shown more often."""


def augmentation(size: int) -> Compose:
    """Random vendors, exposures, positions and markings, on ``grey``, ``target``, ``known`` of (1, size, size)."""
    return Compose(
        [
            RandAffined(
                keys=("grey", "target", "known"),
                prob=0.9,
                rotate_range=0.2,
                scale_range=(0.25, 0.25),
                translate_range=(size / 10, size / 10),
                shear_range=0.05,
                mode=("bilinear", "nearest", "nearest"),
                padding_mode="zeros",
            ),
            RandHistogramShiftd(keys="grey", prob=0.3, num_control_points=(4, 8)),
            RandAdjustContrastd(keys="grey", prob=0.6, gamma=(0.5, 2.0)),
            RandGaussianSmoothd(keys="grey", prob=0.2, sigma_x=(0.3, 1.2), sigma_y=(0.3, 1.2)),
            RandGaussianNoised(keys="grey", prob=0.3, std=0.06),
            RandCoarseDropoutd(
                keys="grey",
                prob=0.2,
                holes=2,
                max_holes=6,
                spatial_size=(8, 8),
                max_spatial_size=(size // 6, size // 6),
            ),
            RandMarkingsd(keys="grey", prob=0.3),
        ]
    )


class BitFieldFilms(Dataset[dict[str, torch.Tensor]]):
    """Augmented films: grey (1, S, S) in [0, 1], target and known (C, S, S) of 0 and 1.

    ``arrays`` hold (N, S, S) ``grey`` from 0 to 255, and ``target`` and ``known`` with a bit a structure, 24 at most.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], structures: tuple[str, ...], weights: list[float]) -> None:
        self.arrays, self.weights = arrays, weights
        self.bits = torch.arange(len(structures))[:, None, None]
        self.order = mirrored_order(structures)
        self.augment = augmentation(arrays["grey"].shape[-1])

    def __len__(self) -> int:
        return len(self.weights)

    def _packed(self, index: int) -> dict[str, torch.Tensor]:
        film = {key: torch.from_numpy(each[index][None].astype(np.float32)) for key, each in self.arrays.items()}
        film["grey"] /= 255
        return film

    def _unpacked(self, film: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        fields = {key: ((film[key].to(torch.int32) >> self.bits) & 1).float() for key in ("target", "known")}
        return {"grey": film["grey"].clamp(0, 1), **fields}

    def plain(self, index: int) -> dict[str, torch.Tensor]:
        """One film as it is."""
        return self._unpacked(self._packed(index))

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """One film, differently augmented each time."""
        augmented = self.augment(self._packed(index))
        grey, target, known = self._unpacked({key: torch.as_tensor(each) for key, each in augmented.items()}).values()
        if torch.rand(()) < 0.5:
            grey, target, known = grey.flip(-1), target[self.order].flip(-1), known[self.order].flip(-1)
        if torch.rand(()) < 0.05:
            grey = 1 - grey
        return {"grey": grey.contiguous(), "target": target, "known": known}


class PackedFilms(BitFieldFilms):
    """The chest films of the packed array."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as packed:
            rows = np.flatnonzero(packed["fold"] != HELD_OUT_FOLD)
            arrays = {key: packed[key][rows] for key in ("grey", "target", "known")}
            names = packed["name"][rows]
        weights = [next(w for part, w in SAMPLING.items() if f"/{part}/" in f"/{name}") for name in names]
        super().__init__(arrays, CHEST_STRUCTURES, weights)
