"""What a DICOM film hides by its display shutter (PS3.3 C.7.6.11)."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from radcaliper.pipelines.reading.header import number, numbers, texts

_EDGES: Final = (
    "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge",
    "ShutterLeftVerticalEdge",
    "ShutterRightVerticalEdge",
)
_LEAST_OPEN: Final = 0.2
"""Share of the film: a shutter that leaves less open is not believed."""


def _rectangle(dataset: Dataset, canvas: NDArray[np.uint8]) -> bool:
    edges = [number(dataset, keyword) for keyword in _EDGES]
    top, bottom, left, right = (None if edge is None else max(0, round(edge)) for edge in edges)
    if top is None or bottom is None or left is None or right is None or bottom <= top or right <= left:
        return False
    canvas[max(0, top - 1) : bottom, max(0, left - 1) : right] = 1
    return True


def _circle(dataset: Dataset, canvas: NDArray[np.uint8]) -> bool:
    centre, radius = numbers(dataset, "CenterOfCircularShutter"), number(dataset, "RadiusOfCircularShutter")
    if len(centre) != 2 or radius is None or radius <= 0:
        return False
    cv2.circle(canvas, (round(centre[1]) - 1, round(centre[0]) - 1), round(radius), 1, -1)
    return True


def _polygon(dataset: Dataset, canvas: NDArray[np.uint8]) -> bool:
    places = numbers(dataset, "VerticesOfThePolygonalShutter")
    if len(places) < 6 or len(places) % 2:
        return False
    corners = np.array(places).reshape(-1, 2)[:, ::-1] - 1
    cv2.fillPoly(canvas, [np.round(corners).astype(np.int32)], 1)
    return True


_SHAPES: Final = {"RECTANGULAR": _rectangle, "CIRCULAR": _circle, "POLYGONAL": _polygon}


def hidden_by_shutter(dataset: Dataset, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Where a film of ``shape`` (rows, columns) is hidden; None where no shutter is named, or none that can be."""
    shown = np.ones(shape, bool)
    for name in texts(dataset, "ShutterShape"):
        canvas = np.zeros(shape, np.uint8)
        if name in _SHAPES and _SHAPES[name](dataset, canvas):
            shown &= canvas.astype(bool)
    return None if shown.all() or shown.mean() < _LEAST_OPEN else ~shown
