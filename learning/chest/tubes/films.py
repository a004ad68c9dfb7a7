"""Training films of the tube network: real films with what is known of their tubes, and new ones drawn each time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from monai.transforms import Compose, RandAdjustContrastd, RandGaussianNoised, RandGaussianSmoothd, RandHistogramShiftd
from numpy.random import Generator
from numpy.typing import NDArray
from torch.utils.data import Dataset

from radcaliper.learning.chest.tubes.anatomy import Anatomy
from radcaliper.learning.chest.tubes.labels import Labels, with_real_tubes
from radcaliper.learning.chest.tubes.lines import paint
from radcaliper.learning.chest.tubes.packing import Affine, anatomy_from_json, compose, for_cv2
from radcaliper.learning.chest.tubes.scene import Scene, random_scene
from radcaliper.learning.chest.tubes.targets import targets_of
from radcaliper.models.inference.arrays import Grey
from radcaliper.models.tubes.channels import IN_TRACHEA, REPORTED
from radcaliper.models.tubes.window import COLS, ROWS, network_input

_SETS: Final = {"jsrt": 1.0, "wingspan": 1.0, "covid100": 1.0, "v7": 1.0, "unlabelled": 1.0, "picc": 2.0}
"""How often an epoch shows a film of each set."""
_WITH_TUBE: Final = 3.0
_WITH_RARE_TUBE: Final = 5.0
"""How often it shows one with a real tube, of which there are few."""
_RARE: Final = (*IN_TRACHEA, "pacemaker_lead")
_DIMMING: Final = (0.82, 1.0)
"""Films are darkened by this factor before tubes are drawn, for a tube on white is not visible."""
_CLEAN: Final = frozenset({"jsrt"})
"""Sets without wires. The films of other sets may have some that are not labelled."""
_DRAWN: Final = 0.6
"""Share of the films with wires or tubes of their own that more are drawn into."""


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


def _weight(dataset: str, labels: Labels) -> float:
    if any(labels.presence[kind] for kind in _RARE):
        return _WITH_RARE_TUBE
    return _WITH_TUBE if any(labels.presence.values()) else _SETS[dataset]


@dataclass(frozen=True)
class _Warped:
    """One film in its window: grey (H, W), its labelled masks as bits, and where it shows film."""

    grey: Grey
    bits: NDArray[np.uint8]
    film_area: NDArray[np.bool_]


class TubeFilms(Dataset[dict[str, torch.Tensor]]):
    """Real films with their own tubes and freshly drawn ones: grey (1, H, W) as the network sees them, ``target`` and
    ``known`` (C, H/2, W/2), ``somewhere`` (len(REPORTED),).

    ``scale`` is the share of the window's full size that films are shown at; ``left_out`` are folds not shown. With
    ``drawn_only`` the films' own tubes are not known and films with any are left out.
    """

    def __init__(self, path: Path, scale: float, left_out: Collection[int], drawn_only: bool = False) -> None:
        with np.load(path) as packed:
            labels = [Labels.from_json(str(text)) for text in packed["labels"]]
            used = ~np.isin(packed["fold"], list(left_out))
            if drawn_only:
                used &= np.array([not any(each.presence.values()) for each in labels])
            rows = np.flatnonzero(used)
            self.grey, self.bits, self.seen, self.matrix = (
                packed[key][rows] for key in ("grey", "bits", "seen", "matrix")
            )
            self.anatomies = [anatomy_from_json(str(text)) for text in packed["anatomy"][rows]]
            self.labels = [labels[row] for row in rows]
            self.datasets = [str(name) for name in packed["dataset"][rows]]
        self.weights = [_weight(*pair) for pair in zip(self.datasets, self.labels, strict=True)]
        self.scale, self.augment = scale, augmentation()

    def __len__(self) -> int:
        return len(self.weights)

    def _window(self, index: int, matrix: Affine) -> _Warped:
        """The film after ``matrix`` from the packed film to the window."""
        size = round(COLS * self.scale), round(ROWS * self.scale)
        area = np.zeros(self.grey.shape[1:], np.uint8)
        top, left, bottom, right = self.seen[index]
        area[top:bottom, left:right] = 1
        flags = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        warped = cv2.warpAffine(self.grey[index], for_cv2(matrix), size, flags=flags)
        bits, seen = (
            np.asarray(cv2.warpAffine(each, for_cv2(matrix), size, flags=cv2.INTER_NEAREST), np.uint8)
            for each in (self.bits[index], area)
        )
        return _Warped(warped.astype(np.float32) / 255, bits, seen > 0)

    def _scene(self, index: int, anatomy: Anatomy, shape: tuple[int, int], rng: Generator) -> Scene:
        """What is drawn: no tube of a kind that the film has of its own, and nothing into some films."""
        if self.datasets[index] not in _CLEAN and rng.random() > _DRAWN:
            return Scene((), (), 0.0)
        own = {kind for kind, present in self.labels[index].presence.items() if present}
        if own & set(IN_TRACHEA):
            own |= set(IN_TRACHEA)
        return random_scene(anatomy, shape, rng, set(REPORTED) - own)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Film ``index`` with new random tubes."""
        rng = np.random.default_rng(int(torch.randint(2**62, ())))
        zoom = np.array([[self.scale, 0, (self.scale - 1) / 2], [0, self.scale, (self.scale - 1) / 2]])
        position = compose(random_position((ROWS, COLS), rng), zoom)
        film = self._window(index, compose(self.matrix[index], position))
        anatomy, labels = self.anatomies[index].moved(position), self.labels[index].moved(position)
        scene = self._scene(index, anatomy, (film.grey.shape[0], film.grey.shape[1]), rng)
        drawn = targets_of(scene, anatomy["trachea"][-1], film.film_area)
        targets = with_real_tubes(drawn, labels, film.bits, anatomy.mm, self.datasets[index] in _CLEAN)
        targets.known[-1] = anatomy.carina_seen
        grey = film.grey * np.float32(rng.uniform(*_DIMMING))
        painted = paint(grey, scene.lines, scene.spots, scene.blur) * film.film_area
        changed = self.augment({"grey": torch.from_numpy(painted[None])})["grey"]
        return {
            "grey": torch.from_numpy(network_input(np.asarray(changed)[0].clip(0, 1), film.film_area)[None]),
            "target": torch.from_numpy(targets.target),
            "known": torch.from_numpy(targets.known),
            "somewhere": torch.from_numpy(targets.somewhere),
        }
