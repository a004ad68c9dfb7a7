"""Simulated films as a dataset: a view of an exposure, freshly developed, with the network's targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from radcaliper.learning.hip.cache import BONE_STEP, TISSUE_STEP, KeptExposure
from radcaliper.learning.hip.coarse_copy import coarse_copy
from radcaliper.learning.hip.film_processing import TRAINING, develop
from radcaliper.learning.hip.projector import Picture
from radcaliper.learning.hip.real_textures import RealTextures
from radcaliper.learning.hip.socket_lines import socket_lines
from radcaliper.learning.hip.targets import Canvas, part_maps
from radcaliper.learning.random_markings import RandMarkingsd
from radcaliper.models.chest.channels import mirrored_order
from radcaliper.models.hip.channels import CROP_RADII, HIP_STRUCTURES

Matrix = NDArray[np.float64]
"""(2, 3) from film (x, y) to the square's (x, y), as OpenCV has it."""
_ONE_HIP: Final = 0.65
_INVERTED, _MIRRORED, _STRETCHED = 0.04, 0.5, 0.1
_MOST_STRETCH: Final = 1.4
_BIN, _BINNED = 10.0, (90.0, 170.0)
"""Degrees of the bins that angles are counted in, and the range beyond which they count as its end."""
_LEAST_SHARE, _LEAST_ODDS = 0.1, 0.3
_NECK: Final = 1
"""Of the parts head, neck and shaft."""


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


def stretched(matrix: Matrix, size: int, rng: np.random.Generator) -> Matrix:
    """The same view made taller or wider about the square's middle; its area stays."""
    by = float(_MOST_STRETCH ** rng.uniform(-1, 1))
    shape = np.diag([by**-0.5, by**0.5])
    middle = np.full(2, (size - 1) / 2)
    return np.column_stack([shape @ matrix[:, :2], shape @ (matrix[:, 2] - middle) + middle])


def whole_view(kept: KeptExposure, size: int, rng: np.random.Generator) -> Matrix:
    """The whole film, more or less, somewhat turned."""
    height, width = kept.bone.shape
    scale = size / max(height, width) * float(rng.uniform(0.7, 1.25))
    shift = rng.normal(0, 0.06, 2) * [width, height]
    return _similarity((width / 2 + shift[0], height / 2 + shift[1]), scale, float(rng.normal(0, 5)), size)


def _seen_sides(kept: KeptExposure) -> NDArray[np.intp]:
    """The sides whose head's centre lies on the film."""
    heads, size = kept.places[:, 0], kept.bone.shape
    return np.flatnonzero(((heads >= 0) & (heads < size)).all(axis=1))


def _angles(kept: KeptExposure) -> NDArray[np.float64]:
    """(2,) neck-shaft angles of both sides as seen on the film, in degrees."""
    up, down = kept.places[:, 0] - kept.places[:, 1], kept.places[:, 3] - kept.places[:, 2]
    cosine = (up * down).sum(axis=1) / (np.linalg.norm(up, axis=1) * np.linalg.norm(down, axis=1))
    return np.asarray(np.degrees(np.arccos(cosine)))


def rarities(exposures: Sequence[KeptExposure]) -> NDArray[np.float64]:
    """(E, 2) how seldom each side's angle is among the exposures, 1 on average; 0 where a side has none to learn from.

    A network that learns from usual angles alone reads unusual ones as more usual than they are.
    """
    angles = np.array([_angles(each) for each in exposures])
    bins = np.floor(np.clip(angles, _BINNED[0], _BINNED[1]) / _BIN).astype(int)
    learned = np.zeros(angles.shape, bool)
    for number, each in enumerate(exposures):
        learned[number, _seen_sides(each)] = True
        learned[number] &= ~(each.metal | each.broken)
    share = np.bincount(bins[learned], minlength=int(_BINNED[1] / _BIN) + 1) / max(int(learned.sum()), 1)
    seldom = np.where(learned, 1 / np.maximum(share[bins], _LEAST_SHARE), 0.0)
    return np.asarray(seldom / max(float(seldom[learned].mean()) if learned.any() else 1.0, 1e-9))


def hip_view(kept: KeptExposure, size: int, rng: np.random.Generator, seldom: NDArray[np.float64]) -> Matrix:
    """Around one hip, as the second look at a film has it; the whole film where it shows none.

    The side is drawn by how seldom (2,) its angle is.
    """
    seen = _seen_sides(kept)
    if len(seen) == 0:
        return whole_view(kept, size, rng)
    odds = seldom[seen] + _LEAST_ODDS
    side = int(rng.choice(seen, p=odds / odds.sum()))
    head, radius = kept.places[side, 0], kept.radii[side]
    down = kept.places[side, 3] - kept.places[side, 2]
    centre = head + 2.4 * radius * down / np.linalg.norm(down) + rng.normal(0, 0.5 * radius, 2)
    scale = size / (CROP_RADII * radius) * float(np.exp(rng.normal(0, 0.15)))
    return _similarity((float(centre[1]), float(centre[0])), scale, float(rng.normal(0, 6)), size)


def _canvas(matrix: Matrix, size: int) -> Canvas:
    """Where the square's pixels lie on the film."""
    back = np.linalg.inv(matrix[:, :2])
    rows, cols = np.indices((size, size), dtype=np.float64)
    x, y = back @ np.stack([cols.ravel() - matrix[0, 2], rows.ravel() - matrix[1, 2]])
    return Canvas((y.reshape(size, size), x.reshape(size, size)), _scale(matrix))


def _scale(matrix: Matrix) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def square_of(kept: KeptExposure, matrix: Matrix, size: int) -> Square:
    """The view of an exposure, not yet developed."""
    scale = _scale(matrix)

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
    right, left, metal = (warped((kept.masks >> np.uint8(bit)) & np.uint8(1)) for bit in range(3))
    parts, canvas = np.zeros((3, 2, size, size), np.float32), _canvas(matrix, size)
    for side in np.flatnonzero(~kept.metal):
        parts[:, side] = part_maps(kept.places[side], kept.radii[side], canvas)
    parts[_NECK, kept.broken] = 0  # a broken femur has no angle
    targets = np.stack([right, left, *parts.reshape(6, size, size), metal]) * inside
    return Square(bone, tissue, inside, targets.astype(np.float32))


def with_socket_lines(square: Square, kept: KeptExposure, matrix: Matrix, rng: np.random.Generator) -> Square:
    """The same view with the sockets' lines over the heads that are bone."""
    bone, canvas = square.bone, _canvas(matrix, square.bone.shape[0])
    for side in np.flatnonzero(~kept.metal):
        outwards = -1.0 if side == 0 else 1.0
        bone = bone + socket_lines(kept.places[side, 0], kept.radii[side], outwards, canvas, rng)
    return replace(square, bone=bone)


class HipFilms(Dataset[dict[str, torch.Tensor]]):
    """Views of the exposures: grey (1, S, S) in [0, 1], target (C, S, S) in [0, 1], known (C, S, S) of 1.

    ``textures`` are mixed into them.
    """

    def __init__(self, exposures: Sequence[KeptExposure], size: int, textures: RealTextures) -> None:
        self.exposures, self.size, self.textures = exposures, size, textures
        self.seldom = rarities(exposures)
        weights = _LEAST_ODDS + self.seldom.mean(axis=1)
        self.weights = [float(weight) for weight in weights / weights.mean()]
        self.mark = RandMarkingsd(keys="grey", prob=0.4)

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """One view, different each time."""
        rng = np.random.default_rng(int(torch.randint(2**62, ()).item()))
        kept = self.exposures[index]
        if rng.random() < _ONE_HIP:
            matrix = hip_view(kept, self.size, rng, self.seldom[index])
        else:
            matrix = whole_view(kept, self.size, rng)
        if rng.random() < _STRETCHED:
            matrix = stretched(matrix, self.size, rng)
        square = with_socket_lines(square_of(kept, matrix, self.size), kept, matrix, rng)
        grey = develop(square.bone, square.tissue, square.inside, TRAINING, rng)
        grey = coarse_copy(self.textures.mixed_into(grey, rng), rng) * square.inside
        if rng.random() < _INVERTED:
            grey = 1 - grey
        self.mark.set_random_state(seed=int(rng.integers(2**31)))
        film = torch.as_tensor(self.mark({"grey": torch.from_numpy(grey[None])})["grey"])
        target = torch.from_numpy(square.targets)
        if rng.random() < _MIRRORED:
            film, target = film.flip(-1), target[mirrored_order(HIP_STRUCTURES)].flip(-1)
        return {"grey": film.contiguous(), "target": target.contiguous(), "known": torch.ones_like(target)}
