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

Canvas = NDArray[np.float32]
"""(H, W) grey, drawn onto in place."""
_SPINE: Final = (1600, 800)
_SHIFT: Final = 4
"""Binary digits of sub-pixel places in OpenCV's drawing."""
_RIBS: Final = 12
"""Vertebrae from the top on that carry ribs; the others have transverse processes."""


@dataclass(frozen=True, eq=False)
class SpinePhantom:
    """A spine film, and the corners (17, 4, 2) of its vertebrae as (row, col) in the order tl, tr, bl, br."""

    film: Radiograph
    corners: NDArray[np.float64]


def _corners(bend: float) -> NDArray[np.float64]:
    """Vertebrae along an S whose tilt swings by ``bend`` degrees to either side, lower ones larger."""
    along = np.linspace(0, 1, 17)
    tilt = np.radians(bend * np.sin(2 * np.pi * along))
    steps = (_SPINE[0] - 300) / 17 * (0.78 + 0.44 * along)
    rows = 120 + np.cumsum(steps) - steps / 2
    cols = _SPINE[1] / 2 - np.cumsum(np.tan(tilt) * steps)
    half = np.stack([0.39 * steps, 40 + 16 * along], axis=1)
    signs = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], float)
    turn = np.stack([np.stack([np.cos(tilt), np.sin(tilt)], -1), np.stack([-np.sin(tilt), np.cos(tilt)], -1)], -2)
    offsets = signs[None] * half[:, None]
    return np.asarray(np.stack([rows, cols], axis=1)[:, None] + np.einsum("nij,nkj->nki", turn, offsets))


def _add(canvas: Canvas, grey: float, draw: Callable[[Canvas], object], blur: float = 0.0) -> None:
    """Add what ``draw`` fills with ones, ``grey`` bright."""
    layer = np.zeros_like(canvas)
    draw(layer)
    canvas += grey * (cv2.GaussianBlur(layer, (0, 0), blur) if blur else layer)


def _fixed(places: Places) -> NDArray[np.int32]:
    return np.round(places[:, ::-1] * 2**_SHIFT).astype(np.int32)


def _fill(canvas: Canvas, outline: Places, grey: float, blur: float = 0.0) -> None:
    _add(canvas, grey, lambda layer: cv2.fillPoly(layer, [_fixed(outline)], 1.0, cv2.LINE_8, _SHIFT), blur)


def _line(canvas: Canvas, path: Places, grey: float, width: int, closed: bool = False) -> None:
    _add(canvas, grey, lambda layer: cv2.polylines(layer, [_fixed(path)], closed, 1.0, width, cv2.LINE_8, _SHIFT))


def _ellipse(centre: Places, rows: float, cols: float) -> Places:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.asarray(centre + np.stack([rows * np.sin(turn), cols * np.cos(turn)], axis=1))


def _vertebra(canvas: Canvas, quad: Places) -> None:
    """A body with bright end plates and waists at its sides, pedicles and a spinous process."""
    left, right = quad[[0, 2]].mean(axis=0), quad[[1, 3]].mean(axis=0)
    centre, across = (left + right) / 2, (right - left) / 2
    down = (quad[2:].mean(axis=0) - quad[:2].mean(axis=0)) / 2
    waist = np.stack([quad[0], quad[1], right - 0.1 * across, quad[3], quad[2], left + 0.1 * across])
    _fill(canvas, waist, 0.09)
    _line(canvas, quad[:2], 0.1, 4)
    _line(canvas, quad[2:], 0.1, 4)
    _line(canvas, waist, 0.05, 3, closed=True)
    tall, wide = 0.36 * float(np.linalg.norm(down)), 0.14 * float(np.linalg.norm(across))
    for side in (-0.6, 0.6):
        _line(canvas, _ellipse(centre + side * across - 0.2 * down, tall, wide), 0.1, 3, closed=True)
    _fill(canvas, _ellipse(centre + 0.7 * down, tall, 0.8 * wide), 0.08, 2.0)


def _limb(canvas: Canvas, quad: Places, outwards: int, rib: bool) -> None:
    """A rib, or a transverse process, of one side: ``outwards`` is -1 to the left of the film, 1 to the right."""
    start = quad[[0, 2] if outwards < 0 else [1, 3]].mean(axis=0)
    reach = np.linspace(0, 1, 40)
    if not rib:
        _line(canvas, start + np.stack([-8 * reach, outwards * 42 * reach], axis=1), 0.06, 14)
        return
    path = start + np.stack([-20 * np.sin(3 * reach) + 130 * reach**2, outwards * 260 * reach], axis=1)
    _line(canvas, path, 0.05, 22)
    for edge in (-10, 10):
        _line(canvas, path + np.array([edge, 0]), 0.05, 3)


def _lung(outwards: int) -> Places:
    """The outline of one lung."""
    middle = _SPINE[1] / 2
    inner, outer = middle + outwards * 85, middle + outwards * 330
    base = inner + outwards * (40 if outwards < 0 else 90)
    corners = [(150, inner), (80, middle + outwards * 170), (260, outer - outwards * 40), (760, outer), (690, base)]
    return np.array([*corners, (480, inner + outwards * 10)], float)


def _surroundings(canvas: Canvas, corners: NDArray[np.float64]) -> None:
    """Lungs, ribs, transverse processes, sacrum and the wings of the ilium."""
    for outwards in (-1, 1):
        _fill(canvas, _lung(outwards), -0.28, 22.0)
        for number, quad in enumerate(corners):
            _limb(canvas, quad, outwards, number < _RIBS)
    foot = corners[-1, 2:].mean(axis=0)
    sacrum = foot + np.array([(14, -60), (14, 60), (150, 40), (150, -40)])
    _fill(canvas, sacrum, 0.06, 4.0)
    for outwards in (-1, 1):
        wing = foot + np.array([(-40, 300), (30, 110), (150, 70), (190, 280)]) * [1, outwards]
        _fill(canvas, wing, 0.12, 8.0)


def _exposed(canvas: Canvas, blur: float) -> Canvas:
    """A drawing with the blur and the noise of a film; the same for each call."""
    noise = np.random.default_rng(1).normal(0, 0.012, canvas.shape)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), blur) + noise, dtype=np.float32)


def spine_phantom(bend: float = 16.0) -> SpinePhantom:
    """An AP spine of 17 vertebrae in a drawn trunk, with square pixels of no known size."""
    rows, cols = np.mgrid[: _SPINE[0], : _SPINE[1]]
    body = np.exp(-(((cols - _SPINE[1] / 2) / 370) ** 4)) * (0.4 + 0.12 * rows / _SPINE[0])
    canvas, corners = body.astype(np.float32), _corners(bend)
    _surroundings(canvas, corners)
    column = np.concatenate([corners[:, [0, 2]].reshape(-1, 2), corners[::-1, [3, 1]].reshape(-1, 2)])
    _fill(canvas, column, 0.1, 6.0)
    for quad in corners:
        _vertebra(canvas, quad)
    return SpinePhantom(Radiograph(_exposed(canvas, 2.0)), corners)
