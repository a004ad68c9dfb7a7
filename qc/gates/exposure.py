"""The gates of exposure: is the film clipped within its structures, does an object hide their border?

They work on a film of at most 512 pixels a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.components import Components
from radcaliper.measurements.region import regions_of
from radcaliper.measurements.types import Finding, Mask, Masks, Radiograph, Status

_SIDE: Final = 512
_CLIPPED: Final = 0.01
"""Share of the grey range at either end that counts as the end."""
_MOST_CLIPPED: Final = 0.2
"""Share of lungs and heart that may be clipped."""
_FLAT: Final = 0.004
"""Share of the grey range within which a plate varies."""
_METAL: Final = 0.97
"""Share of the grey range from which metal begins."""
_BRIGHTER: Final = 0.4
"""Share of the grey range by which metal is brighter than its surroundings."""
_SOLID: Final = 0.85
"""Share of its box that a plate fills; areas clipped by exposure fill less of theirs."""
_LARGEST_METAL: Final = 0.16
"""The largest metal object, as a share of the thorax's width."""
_LEAST_OBJECT: Final = 0.002
"""The smallest object that counts, as a share of the thorax's width squared."""
_BAND: Final = 0.012
"""Half the width of the band about an outline, as a share of the film's longer side."""


@dataclass(frozen=True, eq=False)
class _SmallFilm:
    """A film scaled to [0, 1] between its darkest and brightest grey, and its masks, at most 512 pixels a side."""

    grey: NDArray[np.float32]
    masks: dict[str, Mask]


def _shrunk(film: Radiograph, masks: Masks, names: tuple[str, ...]) -> _SmallFilm:
    step = max(1, -(-max(film.shape) // _SIDE))
    grey = film.pixels[::step, ::step]
    low, high = np.percentile(grey, (0.5, 99.5))
    scaled = np.clip((grey - low) / max(float(high - low), 1e-6), 0, 1)
    regions = regions_of(masks)
    return _SmallFilm(scaled.astype(np.float32), {name: regions[name].sampled(step) for name in names})


def _clipping(small: _SmallFilm, names: tuple[str, ...]) -> list[Finding]:
    inside = np.logical_or.reduce([small.masks[name] for name in names])
    grey = small.grey[inside]
    found = []
    if (grey > 1 - _CLIPPED).mean() > _MOST_CLIPPED:
        found.append(Finding("overexposed", Status.REVIEW))
    if (grey < _CLIPPED).mean() > _MOST_CLIPPED:
        found.append(Finding("underexposed", Status.REVIEW))
    return found


def _is_plate(component: Mask, area: int) -> bool:
    """Whether a component of ``area`` pixels fills its box, and does not touch the film's edge."""
    left, top, width, height = cv2.boundingRect(component.view(np.uint8))
    rows, cols = component.shape
    inside = left > 0 and top > 0 and left + width < cols and top + height < rows
    return bool(inside and area > _SOLID * width * height)


def _plates(grey: NDArray[np.float32], least: float) -> Mask:
    """Where the film has one grey over a rectangle larger than ``least`` pixels, away from its frame."""
    kernel = np.ones((5, 5), np.uint8)
    flat = cv2.dilate(grey, kernel) - cv2.erode(grey, kernel) < _FLAT
    found = Components.of(flat)
    plates = np.zeros(grey.shape, bool)
    for label in np.flatnonzero(found.areas > least):
        component = found.labels == label
        if _is_plate(component, int(found.areas[label])):
            plates |= component
    return np.asarray(cv2.dilate(plates.view(np.uint8), np.ones((7, 7), np.uint8))).view(bool)


def _may_be_metal(grey: NDArray[np.float32], side: int) -> Mask:
    """A mask that holds all metal, quickly: by squares, one around and one within the disc of ``side`` pixels.

    What such a square erodes and the other dilates is nowhere brighter than the disc's opening.
    """
    bright = grey > _METAL
    metal = np.zeros(grey.shape, bool)
    left, top, cols, rows = cv2.boundingRect(_opened(bright).view(np.uint8))
    if not rows:
        return metal
    part = slice(max(0, top - side), top + rows + side), slice(max(0, left - side), left + cols + side)
    within = max(1, int(side / np.sqrt(2)) - 1) | 1
    least = cv2.dilate(cv2.erode(grey[part], np.ones((side, side), np.uint8)), np.ones((within, within), np.uint8))
    metal[part] = bright[part] & (grey[part] - least > _BRIGHTER)
    return _opened(metal)


def _opened(mask: Mask) -> Mask:
    """The mask without what is thinner than five pixels."""
    return np.asarray(cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))).view(bool)


def metal_objects(grey: NDArray[np.float32], width: int) -> Mask:
    """Where a film (H, W) from 0 to 1 shows bright objects that are small against a thorax of ``width`` pixels."""
    side = max(3, int(_LARGEST_METAL * width) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    metal = np.zeros(grey.shape, bool)
    suspect = _may_be_metal(grey, side)
    if not suspect.any():
        return metal
    left, top, cols, rows = cv2.boundingRect(suspect.view(np.uint8))
    part = slice(max(0, top - side), top + rows + side), slice(max(0, left - side), left + cols + side)
    stands_out = cv2.morphologyEx(grey[part], cv2.MORPH_TOPHAT, kernel) > _BRIGHTER
    metal[part] = suspect[part] & stands_out
    return _opened(metal)


def _larger(objects: Mask, least: float) -> Mask:
    """Those of the objects that are larger than ``least`` pixels."""
    if not objects.any():
        return objects
    return Components.of(objects).larger(least)


def _hides_border(objects: Mask, mask: Mask) -> bool:
    reach = 2 * max(1, round(_BAND * max(mask.shape))) + 1
    kernel, whole = np.ones((reach, reach), np.uint8), mask.astype(np.uint8)
    band = cv2.dilate(whole, kernel).view(bool) & ~cv2.erode(whole, kernel).view(bool)
    return bool((objects & band).any())


def exposure_findings(film: Radiograph, masks: Masks, names: tuple[str, ...]) -> tuple[Finding, ...]:
    """``overexposed``, ``underexposed`` and ``border_hidden``, all to review, about the masks ``names`` of the film."""
    small = _shrunk(film, masks, names)
    cols = np.flatnonzero(np.logical_or.reduce([small.masks[name] for name in names]).any(axis=0))
    if not len(cols):
        return ()
    width = int(cols[-1] - cols[0] + 1)
    found = _clipping(small, names)
    least = _LEAST_OBJECT * width**2
    objects = _larger(_plates(small.grey, least) | metal_objects(small.grey, width), least)
    if objects.any() and any(_hides_border(objects, small.masks[name]) for name in names):
        found.append(Finding("border_hidden", Status.REVIEW))
    return tuple(found)
