"""A synthetic spine film with known geometry, for samples, tests and pictures. It shows no patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.types import Radiograph

GreyImage = NDArray[np.float32]
"""(H, W) grey values; the functions add to them in place."""
_SHAPE: Final = (1600, 800)
_SHIFT: Final = 4
"""Fractional bits of the coordinates that OpenCV draws with."""
_RIBS: Final = 12
"""Number of vertebrae, from the top, with ribs; the others have transverse processes."""


@dataclass(frozen=True, eq=False)
class SpinePhantom:
    """A spine film, and the corners (17, 4, 2) of its vertebrae as (row, col) in the order tl, tr, bl, br."""

    film: Radiograph
    corners: NDArray[np.float64]


def _corners(bend: float) -> NDArray[np.float64]:
    """(17, 4, 2) corners of vertebrae along an S with tilts of up to ``bend`` degrees; lower ones are larger."""
    along = np.linspace(0, 1, 17)
    tilt = np.radians(bend * np.sin(2 * np.pi * along))
    steps = (_SHAPE[0] - 300) / 17 * (0.78 + 0.44 * along)
    rows = 120 + np.cumsum(steps) - steps / 2
    cols = _SHAPE[1] / 2 - np.cumsum(np.tan(tilt) * steps)
    half = np.stack([0.39 * steps, 40 + 16 * along], axis=1)
    signs = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], float)
    turn = np.stack([np.stack([np.cos(tilt), np.sin(tilt)], -1), np.stack([-np.sin(tilt), np.cos(tilt)], -1)], -2)
    offsets = signs[None] * half[:, None]
    return np.asarray(np.stack([rows, cols], axis=1)[:, None] + np.einsum("nij,nkj->nki", turn, offsets))


def _add(image: GreyImage, grey: float, draw: Callable[[GreyImage], object], blur: float = 0.0) -> None:
    """Add a shape of brightness ``grey``; ``draw`` fills it with ones."""
    layer = np.zeros_like(image)
    draw(layer)
    image += grey * (cv2.GaussianBlur(layer, (0, 0), blur) if blur else layer)


def _opencv_points(places: Places) -> NDArray[np.int32]:
    return np.round(places[:, ::-1] * 2**_SHIFT).astype(np.int32)


def _fill(image: GreyImage, outline: Places, grey: float, blur: float = 0.0) -> None:
    _add(image, grey, lambda layer: cv2.fillPoly(layer, [_opencv_points(outline)], 1.0, cv2.LINE_8, _SHIFT), blur)


def _line(image: GreyImage, path: Places, grey: float, width: int, closed: bool = False) -> None:
    points = [_opencv_points(path)]
    _add(image, grey, lambda layer: cv2.polylines(layer, points, closed, 1.0, width, cv2.LINE_8, _SHIFT))


def _ellipse(centre: Places, rows: float, cols: float) -> Places:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.asarray(centre + np.stack([rows * np.sin(turn), cols * np.cos(turn)], axis=1))


def _vertebra(image: GreyImage, quad: Places) -> None:
    """Draw a vertebral body with bright end plates and concave sides, pedicles and a spinous process."""
    left, right = quad[[0, 2]].mean(axis=0), quad[[1, 3]].mean(axis=0)
    centre, across = (left + right) / 2, (right - left) / 2
    down = (quad[2:].mean(axis=0) - quad[:2].mean(axis=0)) / 2
    waist = np.stack([quad[0], quad[1], right - 0.1 * across, quad[3], quad[2], left + 0.1 * across])
    _fill(image, waist, 0.09)
    _line(image, quad[:2], 0.1, 4)
    _line(image, quad[2:], 0.1, 4)
    _line(image, waist, 0.05, 3, closed=True)
    tall, wide = 0.36 * float(np.linalg.norm(down)), 0.14 * float(np.linalg.norm(across))
    for side in (-0.6, 0.6):
        _line(image, _ellipse(centre + side * across - 0.2 * down, tall, wide), 0.1, 3, closed=True)
    _fill(image, _ellipse(centre + 0.7 * down, tall, 0.8 * wide), 0.08, 2.0)


def _limb(image: GreyImage, quad: Places, outwards: int, rib: bool) -> None:
    """Draw a rib or a transverse process; ``outwards`` is -1 towards the left of the film, 1 towards the right."""
    start = quad[[0, 2] if outwards < 0 else [1, 3]].mean(axis=0)
    reach = np.linspace(0, 1, 40)
    if not rib:
        _line(image, start + np.stack([-8 * reach, outwards * 42 * reach], axis=1), 0.06, 14)
        return
    path = start + np.stack([-20 * np.sin(3 * reach) + 130 * reach**2, outwards * 260 * reach], axis=1)
    _line(image, path, 0.05, 22)
    for edge in (-10, 10):
        _line(image, path + np.array([edge, 0]), 0.05, 3)


def _lung(outwards: int) -> Places:
    """The outline of one lung."""
    middle = _SHAPE[1] / 2
    inner, outer = middle + outwards * 85, middle + outwards * 330
    base = inner + outwards * (40 if outwards < 0 else 90)
    corners = [(150, inner), (80, middle + outwards * 170), (260, outer - outwards * 40), (760, outer), (690, base)]
    return np.array([*corners, (480, inner + outwards * 10)], float)


def _surroundings(image: GreyImage, corners: NDArray[np.float64]) -> None:
    """Draw lungs, ribs, transverse processes, sacrum and the wings of the ilium."""
    for outwards in (-1, 1):
        _fill(image, _lung(outwards), -0.28, 22.0)
        for number, quad in enumerate(corners):
            _limb(image, quad, outwards, number < _RIBS)
    foot = corners[-1, 2:].mean(axis=0)
    sacrum = foot + np.array([(14, -60), (14, 60), (150, 40), (150, -40)])
    _fill(image, sacrum, 0.06, 4.0)
    for outwards in (-1, 1):
        wing = foot + np.array([(-40, 300), (30, 110), (150, 70), (190, 280)]) * [1, outwards]
        _fill(image, wing, 0.12, 8.0)


def _exposed(image: GreyImage, blur: float) -> GreyImage:
    """The image with a film's blur and noise; the noise is the same in each call."""
    noise = np.random.default_rng(1).normal(0, 0.012, image.shape)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), blur) + noise, dtype=np.float32)


def spine_phantom(bend: float = 16.0) -> SpinePhantom:
    """An AP film of a spine of 17 vertebrae, with square pixels of unknown size."""
    rows, cols = np.mgrid[: _SHAPE[0], : _SHAPE[1]]
    body = np.exp(-(((cols - _SHAPE[1] / 2) / 370) ** 4)) * (0.4 + 0.12 * rows / _SHAPE[0])
    image, corners = body.astype(np.float32), _corners(bend)
    _surroundings(image, corners)
    column = np.concatenate([corners[:, [0, 2]].reshape(-1, 2), corners[::-1, [3, 1]].reshape(-1, 2)])
    _fill(image, column, 0.1, 6.0)
    for quad in corners:
        _vertebra(image, quad)
    return SpinePhantom(Radiograph(_exposed(image, 2.0)), corners)
