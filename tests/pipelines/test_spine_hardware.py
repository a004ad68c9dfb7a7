"""Metal on the spine, drawn on a phantom, is found; the bare phantom has none."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.protocols.spine.hardware import HARDWARE, brightness_of_metal


def _with_rods(vertebrae: slice) -> Radiograph:
    """The phantom with two rods along some of its vertebrae."""
    phantom = spine_phantom()
    pixels = phantom.film.pixels.copy()
    for side in ([0, 2], [1, 3]):
        middles = phantom.corners[vertebrae, side].mean(axis=1)
        path = 0.7 * middles + 0.3 * phantom.corners[vertebrae].mean(axis=1)
        points = np.round(path[:, ::-1]).astype(np.int32)
        cv2.polylines(pixels, [points], isClosed=False, color=float(pixels.max()) * 1.3, thickness=12)
    return replace(phantom.film, pixels=pixels)


def test_a_spine_without_metal_has_none() -> None:
    phantom = spine_phantom()
    assert brightness_of_metal(phantom.film, phantom.corners) < HARDWARE


def test_rods_are_metal() -> None:
    assert brightness_of_metal(_with_rods(slice(2, 12)), spine_phantom().corners) > HARDWARE


def test_the_brightness_of_metal_does_not_depend_on_the_films_size() -> None:
    film, corners = _with_rods(slice(2, 12)), spine_phantom().corners
    half = Radiograph(cv2.resize(film.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    whole = brightness_of_metal(film, corners)
    assert brightness_of_metal(half, (corners - 0.5) / 2) == pytest.approx(whole, rel=0.15)
