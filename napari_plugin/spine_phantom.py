"""A synthetic spine film with known geometry, for samples, tests and pictures. It shows no patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Radiograph

_SPINE: Final = (1600, 800)
_SHIFT: Final = 4
"""Binary digits of sub-pixel places in OpenCV's drawing."""


@dataclass(frozen=True, eq=False)
class SpinePhantom:
    """A spine film, and the corners (17, 4, 2) of its vertebrae as (row, col) in the order tl, tr, bl, br."""

    film: Radiograph
    corners: NDArray[np.float64]


def _corners(bend: float) -> NDArray[np.float64]:
    """Vertebrae along an S whose tilt swings by ``bend`` degrees to either side."""
    along = np.linspace(0, 1, 17)
    tilt = np.radians(bend * np.sin(2 * np.pi * along))
    step = (_SPINE[0] - 240) / 17
    rows = 120 + step * (np.arange(17) + 0.5)
    cols = _SPINE[1] / 2 - np.cumsum(np.tan(tilt)) * step
    half = np.stack([np.full(17, 0.38 * step), 0.42 * step + 26 * along], axis=1)
    signs = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], float)
    turn = np.stack([np.stack([np.cos(tilt), np.sin(tilt)], -1), np.stack([-np.sin(tilt), np.cos(tilt)], -1)], -2)
    offsets = signs[None] * half[:, None]
    return np.asarray(np.stack([rows, cols], axis=1)[:, None] + np.einsum("nij,nkj->nki", turn, offsets))


def _fill(canvas: NDArray[np.float32], outline: NDArray[np.float64], grey: float) -> None:
    places = np.round(outline[:, ::-1] * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(canvas, [places], grey, cv2.LINE_8, _SHIFT)


def _exposed(canvas: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    """A drawing with the blur and the noise of a film; the same for each call."""
    noise = np.random.default_rng(1).normal(0, 0.012, canvas.shape)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), blur) + noise, dtype=np.float32)


def spine_phantom(bend: float = 16.0) -> SpinePhantom:
    """An AP spine of 17 vertebrae on a soft tissue background, with square pixels of no known size."""
    rows, cols = np.mgrid[: _SPINE[0], : _SPINE[1]]
    body = np.exp(-(((cols - _SPINE[1] / 2) / 330) ** 4)) * (0.35 + 0.15 * rows / _SPINE[0])
    canvas = body.astype(np.float32)
    corners = _corners(bend)
    for quad in corners:
        outline, centre = quad[[0, 1, 3, 2]], quad.mean(axis=0)
        _fill(canvas, outline, 0.85)
        _fill(canvas, centre + 0.8 * (outline - centre), 0.7)
    return SpinePhantom(Radiograph(_exposed(canvas, 2.0)), corners)
