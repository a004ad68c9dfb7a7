"""The tube network's maps of a film's window: (C, H, W) probabilities of its channels, at half the window's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.arrays import Maps
from radcaliper.models.inference.forward import Network, predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.channels import TUBE_CHANNELS, VENOUS
from radcaliper.models.tubes.window import COLS, ROWS, Window, network_input

BUNDLE: Final = "chest_tubes"


@dataclass(frozen=True, eq=False)
class TubeModel:
    """The network, and the fits by which a line that it shows counts as present, by structure: constant and slope."""

    network: Network
    presence: Mapping[str, Mapping[str, float]]


def shipped_model() -> TubeModel:
    """The model of the bundle."""
    return TubeModel(load_predictor(BUNDLE), BUNDLES[BUNDLE].metadata["presence"])


def window_maps(film: Radiograph, window: Window, network: Network) -> Maps:
    """The maps of a film's window, each (C, ROWS / 2, COLS / 2); nothing where it shows no film."""
    contrast = network_input(window.square(film.pixels), window.film_area)
    area = cv2.resize(window.film_area.astype(np.float32), (COLS // 2, ROWS // 2), interpolation=cv2.INTER_AREA) > 0.5
    return np.asarray(predict(network, contrast[None])[0] * area)


def channel(maps: Maps, name: str) -> NDArray[np.float32]:
    """The map of one channel; nothing where the network has none of that name, as for a lead's tip."""
    if name not in TUBE_CHANNELS:
        return np.zeros(maps.shape[1:], np.float32)
    return np.asarray(maps[TUBE_CHANNELS.index(name)])


def line_map(maps: Maps, kind: str) -> NDArray[np.float32]:
    """The map that a line of a kind is followed on.

    A lead looks like a catheter as far as the heart, so that both are followed on the greater of their two maps, to
    where the line ends.
    """
    if kind in VENOUS:
        return np.asarray(np.maximum(*(channel(maps, each) for each in VENOUS)))
    return channel(maps, kind)


def peak(heat: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The maximum of a map, to sub-pixels (centre of mass of its surroundings), and its heat."""
    row, col = np.unravel_index(int(heat.argmax()), heat.shape)
    top, left = max(0, int(row) - 2), max(0, int(col) - 2)
    part = np.square(heat[top : int(row) + 3, left : int(col) + 3])
    rows, cols = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    total = float(part.sum())
    place = np.array([row, col], float) if total == 0 else np.array([(rows * part).sum(), (cols * part).sum()]) / total
    return place, float(heat[row, col])
