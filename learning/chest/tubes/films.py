"""Training films of the tube network: real films without tubes, with new random tubes drawn at every access."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from monai.transforms import Compose, RandAdjustContrastd, RandGaussianNoised, RandGaussianSmoothd, RandHistogramShiftd
from numpy.random import Generator
from numpy.typing import NDArray
from torch.utils.data import Dataset

from radcaliper.learning.chest.tubes.lines import paint
from radcaliper.learning.chest.tubes.packing import Affine, anatomy_from_json, compose
from radcaliper.learning.chest.tubes.scene import random_scene
from radcaliper.learning.chest.tubes.targets import targets_of
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.models.inference.arrays import Grey, Maps
from radcaliper.models.tubes.channels import BODIES, TUBES
from radcaliper.models.tubes.window import COLS, ROWS, network_input

SAMPLING: Final = {"jsrt": 0.5, "wingspan": 0.5, "covid100": 1.0, "v7": 0.3}
"""How often an epoch shows a film of each set."""
_DIMMING: Final = (0.82, 0.97)
"""Films are darkened by this factor before tubes are drawn, for a tube on white is not visible."""
_UNLABELLED_TUBES: Final = frozenset({"v7"})
"""Sets with unlabelled tubes: on their films the target is known only near drawn lines."""
_NO_WIRES: Final = frozenset({"jsrt"})
"""Sets without wires. The films of other sets may have some that are not labelled."""


def augmentation() -> Compose:
    """Random exposure, vendor and sharpness, on ``grey`` (1, H, W)."""
    return Compose(
        [
            RandHistogramShiftd(keys="grey", prob=0.2, num_control_points=(4, 8)),
            RandAdjustContrastd(keys="grey", prob=0.6, gamma=(0.65, 1.6)),
            RandGaussianSmoothd(keys="grey", prob=0.25, sigma_x=(0.3, 1.0), sigma_y=(0.3, 1.0)),
            RandGaussianNoised(keys="grey", prob=0.4, std=0.015),
        ]
    )


def random_position(size: tuple[int, int], rng: Generator) -> Affine:
    """A turn, zoom and shift of a window of ``size`` (rows, cols), about its middle."""
    turn, zoom = rng.uniform(-0.16, 0.16), float(np.exp(rng.uniform(-0.16, 0.16)))
    cosine, sine = zoom * np.cos(turn), zoom * np.sin(turn)
    rotation, middle = np.array([[cosine, -sine], [sine, cosine]]), np.array(size) / 2
    shift = rng.uniform(-0.06, 0.06, 2) * size
    return np.concatenate([rotation, (middle + shift - rotation @ middle)[:, None]], axis=1)


def _for_cv2(matrix: Affine) -> Affine:
    """The same map between (x, y)."""
    return matrix[::-1][:, [1, 0, 2]]


class TubeFilms(Dataset[dict[str, torch.Tensor]]):
    """Films with freshly drawn tubes: grey (1, H, W) as the network sees them, target and known (C, H/2, W/2).

    ``scale`` is the share of the window's full size that films are shown at.
    """

    def __init__(self, path: Path, scale: float) -> None:
        with np.load(path) as packed:
            rows = np.flatnonzero(packed["fold"] != HELD_OUT_FOLD)
            self.grey, self.seen, self.matrix = (packed[key][rows] for key in ("grey", "seen", "matrix"))
            self.anatomies = [anatomy_from_json(str(text)) for text in packed["anatomy"][rows]]
            self.datasets = [str(name) for name in packed["dataset"][rows]]
        self.weights = [SAMPLING[name] for name in self.datasets]
        self.scale, self.augment = scale, augmentation()

    def __len__(self) -> int:
        return len(self.weights)

    def _window(self, index: int, matrix: Affine) -> tuple[Grey, NDArray[np.bool_]]:
        """The film and the area that it covers, both (H, W), after ``matrix`` from the packed film to the window."""
        size = round(COLS * self.scale), round(ROWS * self.scale)
        area = np.zeros(self.grey.shape[1:], np.uint8)
        top, left, bottom, right = self.seen[index]
        area[top:bottom, left:right] = 1
        flags = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        warped = cv2.warpAffine(self.grey[index], _for_cv2(matrix), size, flags=flags)
        warped_area = cv2.warpAffine(area, _for_cv2(matrix), size, flags=cv2.INTER_NEAREST)
        return warped.astype(np.float32) / 255, warped_area > 0

    def _known(self, index: int, target: Maps) -> Maps:
        """(C, H/2, W/2) of 1 where the target is known, else 0."""
        known, count = np.ones_like(target), len(BODIES)
        near = cv2.dilate(target[:count].max(axis=0), np.ones((9, 9), np.uint8)) > 0
        if self.datasets[index] in _UNLABELLED_TUBES:
            known[: count + len(TUBES)] = near
        if self.datasets[index] not in _NO_WIRES:
            known[BODIES.index("other")] = near
        known[-1] = self.anatomies[index].carina_seen
        return known

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Film ``index`` with new random tubes."""
        rng = np.random.default_rng(int(torch.randint(2**62, ())))
        zoom = np.array([[self.scale, 0, (self.scale - 1) / 2], [0, self.scale, (self.scale - 1) / 2]])
        position = compose(random_position((ROWS, COLS), rng), zoom)
        grey, film_area = self._window(index, compose(self.matrix[index], position))
        anatomy = self.anatomies[index].moved(position)
        scene = random_scene(anatomy, (grey.shape[0], grey.shape[1]), rng)
        target = targets_of(scene, anatomy["trachea"][-1], film_area)
        grey = grey * np.float32(rng.uniform(*_DIMMING))
        drawn = paint(grey, scene.lines, scene.spots, scene.blur) * film_area
        changed = self.augment({"grey": torch.from_numpy(drawn[None])})["grey"]
        return {
            "grey": torch.from_numpy(network_input(np.asarray(changed)[0].clip(0, 1), film_area)[None]),
            "target": torch.from_numpy(target),
            "known": torch.from_numpy(self._known(index, target)),
        }
