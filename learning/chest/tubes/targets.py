"""Targets of the tube network for a scene, at half the window's size."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.learning.chest.tubes.lines import DrawnLine, draw_path
from radcaliper.learning.chest.tubes.scene import Scene
from radcaliper.models.tubes.channels import BODIES, TUBES

_LEAST_RADIUS: Final = 1.4
"""In pixels of the map. Thinner lines are widened to it, for the network to learn them."""
SIGMA: Final = 2.0
"""Standard deviation of the heat about a landmark, in pixels of the map."""


def halved(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of the window on the map of half its size."""
    return (path + 0.5) / 2 - 0.5


def body_map(lines: tuple[DrawnLine, ...], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Where the lines are, (H/2, W/2) of 0 to 1, for a window of ``shape``."""
    canvas = np.zeros((shape[0] // 2, shape[1] // 2), np.uint8)
    for line in lines:
        draw_path(canvas, halved(line.path), max(1, round(2 * max(_LEAST_RADIUS, line.radius / 2))))
    return np.asarray(canvas.astype(np.float32) / np.float32(255), np.float32)


def heat_map(places: list[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Gaussian heat, 1 at each place of a window of ``shape``, at half its size."""
    rows, cols = np.arange(shape[0] // 2)[:, None], np.arange(shape[1] // 2)
    heat = np.zeros((shape[0] // 2, shape[1] // 2), np.float32)
    for row, col in map(halved, places):
        heat = np.maximum(heat, np.exp(-((rows - row) ** 2 + (cols - col) ** 2) / (2 * SIGMA**2)).astype(np.float32))
    return heat


def targets_of(scene: Scene, carina: NDArray[np.float64], film_area: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(C, H/2, W/2) targets of all channels; ``film_area`` (H, W) is where the window shows film.

    A tip outside the window has no heat.
    """
    shape = (film_area.shape[0], film_area.shape[1])
    visible_share = cv2.resize(
        film_area.astype(np.float32), (shape[1] // 2, shape[0] // 2), interpolation=cv2.INTER_AREA
    )

    def visible(place: NDArray[np.float64]) -> bool:
        row, col = (round(float(v)) for v in place)
        return 0 <= row < shape[0] and 0 <= col < shape[1] and bool(film_area[row, col])

    bodies = [body_map(scene.of(kind), shape) * visible_share for kind in BODIES]
    tips = [heat_map([line.tip for line in scene.of(tube) if visible(line.tip)], shape) for tube in TUBES]
    return np.stack([*bodies, *tips, heat_map([carina] if visible(carina) else [], shape)])
