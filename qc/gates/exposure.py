"""The gates of exposure: is the film clipped within its structures, does an object hide their border?

They work on a film of at most 512 pixels a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

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


def _shrunk(film: Radiograph, masks: Masks) -> _SmallFilm:
    step = max(1, -(-max(film.shape) // _SIDE))
    grey = film.pixels[::step, ::step]
    low, high = np.percentile(grey, (0.5, 99.5))
    scaled = np.clip((grey - low) / max(float(high - low), 1e-6), 0, 1)
    return _SmallFilm(scaled.astype(np.float32), {name: mask[::step, ::step] for name, mask in masks.items()})


def _clipping(small: _SmallFilm, names: tuple[str, ...]) -> list[Finding]:
    inside = np.logical_or.reduce([small.masks[name] for name in names])
    grey = small.grey[inside]
    found = []
    if (grey > 1 - _CLIPPED).mean() > _MOST_CLIPPED:
        found.append(Finding("overexposed", Status.REVIEW))
    if (grey < _CLIPPED).mean() > _MOST_CLIPPED:
        found.append(Finding("underexposed", Status.REVIEW))
    return found


def _plates(grey: NDArray[np.float32], least: float) -> Mask:
    """Where the film has one grey over a rectangle larger than ``least`` pixels, away from its frame."""
    kernel = np.ones((5, 5), np.uint8)
    flat = (cv2.dilate(grey, kernel) - cv2.erode(grey, kernel) < _FLAT).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat)
    left, top, width, height, area = stats[1:].T
    rows, cols = grey.shape
    inside = (left > 0) & (top > 0) & (left + width < cols) & (top + height < rows)
    plates = 1 + np.flatnonzero(inside & (area > least) & (area > _SOLID * width * height))
    return np.asarray(cv2.dilate(np.isin(labels, plates).astype(np.uint8), np.ones((7, 7), np.uint8)), dtype=bool)


def _metal(grey: NDArray[np.float32], width: int) -> Mask:
    """Bright objects that are small against a thorax of ``width`` pixels."""
    side = max(3, int(_LARGEST_METAL * width) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    is_metal = (grey > _METAL) & (cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel) > _BRIGHTER)
    return np.asarray(cv2.morphologyEx(is_metal.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), bool)


def _hides_border(objects: Mask, mask: Mask, least: float) -> bool:
    reach = 2 * max(1, round(_BAND * max(mask.shape))) + 1
    kernel, whole = np.ones((reach, reach), np.uint8), mask.astype(np.uint8)
    band = cv2.dilate(whole, kernel).astype(bool) & ~cv2.erode(whole, kernel).astype(bool)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(objects.astype(np.uint8))
    large = [label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] > least]
    return bool((np.isin(labels, large) & band).any())


def exposure_findings(film: Radiograph, masks: Masks, names: tuple[str, ...]) -> tuple[Finding, ...]:
    """``overexposed``, ``underexposed`` and ``border_hidden``, all to review, about the masks ``names`` of the film."""
    small = _shrunk(film, masks)
    cols = np.flatnonzero(np.logical_or.reduce([small.masks[name] for name in names]).any(axis=0))
    if not len(cols):
        return ()
    width = int(cols[-1] - cols[0] + 1)
    found = _clipping(small, names)
    least = _LEAST_OBJECT * width**2
    objects = _plates(small.grey, least) | _metal(small.grey, width)
    if any(_hides_border(objects, small.masks[name], least) for name in names):
        found.append(Finding("border_hidden", Status.REVIEW))
    return tuple(found)
