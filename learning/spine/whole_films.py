"""Whole spine films for the locator: where the labelled column T1 to L5 runs."""

from __future__ import annotations

import numpy as np
import torch

from radcaliper.learning.datasets.spine import SpineFilm, column_mask
from radcaliper.learning.packed_films import augmentation
from radcaliper.models.inference.letterbox import Letterbox


class WholeSpines:
    """Augmented whole films: grey, target and known (1, size, size)."""

    def __init__(self, films: list[SpineFilm], size: int) -> None:
        boxes = [Letterbox.square(film.grey.shape[0], film.grey.shape[1], size) for film in films]
        self.grey = [(box.forward(film.grey) * 255).astype(np.uint8) for film, box in zip(films, boxes, strict=True)]
        self.target = [
            box.forward(column_mask(film).astype(np.float32)) > 0.5 for film, box in zip(films, boxes, strict=True)
        ]
        self.weights = [1.0] * len(films)
        self.augment = augmentation(size)

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Film ``index``, differently augmented each time."""
        film = {
            "grey": torch.from_numpy(self.grey[index][None].astype(np.float32) / 255),
            "target": torch.from_numpy(self.target[index][None].astype(np.float32)),
            "known": torch.ones((1, *self.grey[index].shape)),
        }
        film = {key: torch.as_tensor(value) for key, value in self.augment(film).items()}
        film["grey"] = film["grey"].clamp(0, 1)
        film["known"] = torch.ones_like(film["known"])
        if torch.rand(()) < 0.5:
            film = {key: value.flip(-1) for key, value in film.items()}
        return {key: value.contiguous() for key, value in film.items()}
