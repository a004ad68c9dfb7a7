"""The packed training films as a dataset with live augmentation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

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


class PackedFilms(Dataset[dict[str, torch.Tensor]]):
    """Augmented films of the packed array: grey (1, S, S) in [0, 1], target and known (C, S, S) of 0 and 1."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as packed:
            rows = np.flatnonzero(packed["fold"] != HELD_OUT_FOLD)
            self.arrays = {key: packed[key][rows] for key in ("grey", "target", "known")}
            names = packed["name"][rows]
        self.weights = [next(w for part, w in SAMPLING.items() if f"/{part}/" in f"/{name}") for name in names]
        self.augment = augmentation(self.arrays["grey"].shape[-1])

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """One film, differently augmented each time."""
        film = {key: torch.from_numpy(values[index][None].astype(np.float32)) for key, values in self.arrays.items()}
        film["grey"] /= 255
        film = {key: torch.as_tensor(value) for key, value in self.augment(film).items()}
        bits = torch.arange(len(CHEST_STRUCTURES))[:, None, None]
        grey = film["grey"].clamp(0, 1)
        target, known = (((film[key].to(torch.int32) >> bits) & 1).float() for key in ("target", "known"))
        if torch.rand(()) < 0.5:
            order = mirrored_order(CHEST_STRUCTURES)
            grey, target, known = grey.flip(-1), target[order].flip(-1), known[order].flip(-1)
        if torch.rand(()) < 0.05:
            grey = 1 - grey
        return {"grey": grey.contiguous(), "target": target, "known": known}
