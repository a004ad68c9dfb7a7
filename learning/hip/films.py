"""Simulated films as a dataset: a view of an exposure, freshly developed, with the network's targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from radcaliper.learning.hip.cache import BONE_STEP, TISSUE_STEP, KeptExposure
from radcaliper.learning.hip.film_processing import TRAINING, develop
from radcaliper.learning.hip.meshes import Points
from radcaliper.learning.hip.projector import Picture
from radcaliper.learning.hip.prosthesis import METAL_LAYER_MM
from radcaliper.learning.hip.targets import part_maps
from radcaliper.learning.random_markings import RandMarkingsd
from radcaliper.models.chest.channels import mirrored_order
from radcaliper.models.hip.channels import CROP_RADII, HIP_STRUCTURES

Matrix = NDArray[np.float64]
"""(2, 3) from film (x, y) to the square's (x, y), as OpenCV has it."""
_ONE_HIP: Final = 0.7
_INVERTED, _MIRRORED = 0.04, 0.5


@dataclass(frozen=True)
class Square:
    """A view of an exposure in the network's square: layers in mm, where the film is, and the targets (C, S, S)."""

    bone: Picture
    tissue: Picture
    inside: NDArray[np.bool_]
    targets: Picture


def _similarity(film: tuple[float, float], scale: float, degrees: float, size: int) -> Matrix:
    """Brings the film's (x, y) into the middle of the square, turned and scaled about it."""
    matrix = np.asarray(cv2.getRotationMatrix2D(film, degrees, scale), np.float64)
    matrix[:, 2] += (size - 1) / 2 - np.array(film)
    return matrix


def whole_view(kept: KeptExposure, size: int, rng: np.random.Generator) -> Matrix:
    """The whole film, more or less, somewhat turned."""
    height, width = kept.bone.shape
    scale = size / max(height, width) * float(rng.uniform(0.8, 1.15))
    shift = rng.normal(0, 0.03, 2) * [width, height]
    return _similarity((width / 2 + shift[0], height / 2 + shift[1]), scale, float(rng.normal(0, 5)), size)


def _seen_sides(kept: KeptExposure) -> NDArray[np.intp]:
    """The sides whose head's centre lies on the film."""
    heads, size = kept.places[:, 0], kept.bone.shape
    return np.flatnonzero(((heads >= 0) & (heads < size)).all(axis=1))


def hip_view(kept: KeptExposure, size: int, rng: np.random.Generator) -> Matrix:
    """Around one hip, as the second look at a film has it; the whole film where it shows none."""
    seen = _seen_sides(kept)
    if len(seen) == 0:
        return whole_view(kept, size, rng)
    side = int(rng.choice(seen))
    head, radius = kept.places[side, 0], kept.radii[side]
    down = kept.places[side, 3] - kept.places[side, 2]
    centre = head + 2.4 * radius * down / np.linalg.norm(down) + rng.normal(0, 0.5 * radius, 2)
    scale = size / (CROP_RADII * radius) * float(np.exp(rng.normal(0, 0.15)))
    return _similarity((float(centre[1]), float(centre[0])), scale, float(rng.normal(0, 6)), size)


def _moved(places: Points, matrix: Matrix) -> Points:
    """(N, 2) (row, col) of the film in the square."""
    moved: Points = places[:, ::-1] @ matrix[:, :2].T + matrix[:, 2]
    return moved[:, ::-1]


def square_of(kept: KeptExposure, matrix: Matrix, size: int) -> Square:
    """The view of an exposure, not yet developed."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))

    def warped(layer: NDArray[np.uint8]) -> Picture:
        soft = cv2.GaussianBlur(layer, (0, 0), 0.45 / scale) if scale < 0.8 else layer
        return np.asarray(
            cv2.warpAffine(
                soft.astype(np.float32), matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        )

    bone, tissue = warped(kept.bone) * BONE_STEP, warped(kept.tissue) * TISSUE_STEP
    film = np.ones(kept.bone.shape, np.uint8)
    inside = cv2.warpAffine(film, matrix, (size, size), flags=cv2.INTER_NEAREST).astype(bool)
    femora = [warped((kept.femora >> np.uint8(bit)) & np.uint8(1)) for bit in (0, 1)]
    parts = np.zeros((3, 2, size, size), np.float32)
    for side in (0, 1):
        if not kept.metal[side]:
            parts[:, side] = part_maps(_moved(kept.places[side], matrix), kept.radii[side] * scale, (size, size))
    metal = (bone > METAL_LAYER_MM) if kept.metal.any() else np.zeros_like(inside)
    targets = np.stack([*femora, *parts.reshape(6, size, size), metal]) * inside
    return Square(bone, tissue, inside, targets.astype(np.float32))


class HipFilms(Dataset[dict[str, torch.Tensor]]):
    """Views of the exposures: grey (1, S, S) in [0, 1], target (C, S, S) in [0, 1], known (C, S, S) of 1."""

    def __init__(self, exposures: Sequence[KeptExposure], size: int) -> None:
        self.exposures, self.size = exposures, size
        self.weights = [1.0] * len(exposures)
        self.mark = RandMarkingsd(keys="grey", prob=0.4)

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """One view, different each time."""
        rng = np.random.default_rng(int(torch.randint(2**62, ()).item()))
        kept = self.exposures[index]
        view = hip_view if rng.random() < _ONE_HIP else whole_view
        square = square_of(kept, view(kept, self.size, rng), self.size)
        grey = develop(square.bone, square.tissue, square.inside, TRAINING, rng)
        if rng.random() < _INVERTED:
            grey = 1 - grey
        self.mark.set_random_state(seed=int(rng.integers(2**31)))
        film = torch.as_tensor(self.mark({"grey": torch.from_numpy(grey[None])})["grey"])
        target = torch.from_numpy(square.targets)
        if rng.random() < _MIRRORED:
            film, target = film.flip(-1), target[mirrored_order(HIP_STRUCTURES)].flip(-1)
        return {"grey": film.contiguous(), "target": target.contiguous(), "known": torch.ones_like(target)}
