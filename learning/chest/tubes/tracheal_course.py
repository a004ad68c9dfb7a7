"""The course of a real tube in the trachea, followed up from its marked tip: a target where no mask was drawn."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import route_through_array

from radcaliper.learning.chest.tubes.anatomy import Anatomy, column_at
from radcaliper.measurements.tubes.course import CoursePath, smoothed

_ASIDE_MM: Final = 14.0
"""How far to the side of the line from the tip to the neck a tube is looked for."""
_TUBE_MM: Final = 4.0
"""Sigma of the blur at which a tube is one bright band."""


def tracheal_course(contrast: NDArray[np.float32], tip: NDArray[np.float64], anatomy: Anatomy) -> CoursePath:
    """The brightest smooth way from the window's top to ``tip`` (row, col) along the trachea, (N, 2).

    ``contrast`` (H, W) is the network's input, in the anatomy's frame.
    """
    trachea, mm = anatomy["trachea"], anatomy.mm
    last = np.clip(np.round(tip).astype(int), 0, np.array(contrast.shape) - 1)
    rows = np.arange(last[0] + 1)
    offset = tip[1] - column_at(trachea, float(tip[0]))
    fade = np.clip((tip[0] - rows) / (60 * mm), 0, 1)  # the tip's offset counts less the higher up
    middle = np.array([column_at(trachea, float(row)) for row in rows]) + offset * (1 - fade)
    bright = cv2.GaussianBlur(contrast, (0, 0), _TUBE_MM * mm / 2)[: last[0] + 1]
    aside = np.abs(np.arange(contrast.shape[1]) - middle[:, None]) / (_ASIDE_MM * mm)
    scaled = (bright - bright.mean()) / (bright.std() + 1e-6)
    cost = np.exp(-scaled) + 2 * aside**2 + 0.2 + 100.0 * (aside > 1)
    start = (0, int(np.clip(round(float(middle[0])), 0, contrast.shape[1] - 1)))
    path, _ = route_through_array(cost, start, (int(last[0]), int(last[1])), geometric=True)
    return smoothed(np.array(path, float), 6.0)
