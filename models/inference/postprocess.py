"""From probability maps to masks: the largest component without holes, at the film's own size."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.models.inference.letterbox import Letterbox

_LEAST_SHARE: Final = 2e-4
"""A component under this share of the square (13 pixels of 256²) is noise."""
_TAIL: Final = 0.028
"""Half the width, as a share of the square's side, under which an appendage of a compact structure is a tail."""


def largest_component(probability: NDArray[np.float32]) -> Mask:
    """The largest connected component above one half of an (S, S) map, holes filled; empty if there is none."""
    binary = (probability > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 2 or areas.max() < _LEAST_SHARE * binary.size:
        return np.zeros(binary.shape, bool)
    component = (labels == 1 + int(areas.argmax())).astype(np.uint8)
    outlines, _ = cv2.findContours(component, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(component, outlines, -1, 1, thickness=cv2.FILLED)
    return np.asarray(component, dtype=bool)


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), dtype=np.uint8)


def without_tails(component: Mask) -> Mask:
    """A compact structure's (S, S) component without thin appendages; blunt corners stay as they are."""
    radius = round(_TAIL * component.shape[0])
    core = cv2.erode(component.astype(np.uint8), _disc(radius))
    near = cv2.dilate(core, _disc(round(1.6 * radius))).astype(bool)
    return np.asarray(component & near) if core.any() else component


def full_size_mask(probability: NDArray[np.float32], component: Mask, box: Letterbox) -> Mask:
    """The (height, width) mask of one structure: the map interpolated, within and around ``component``."""
    if not component.any():
        return np.zeros((box.height, box.width), bool)
    around = cv2.dilate(component.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    held = np.where(
        around, np.maximum(probability, np.where(component, np.float32(0.51), np.float32(0))), np.float32(0)
    )
    return np.asarray(box.backward(held) > 0.5)


def outline_certainty(probability: NDArray[np.float32], component: Mask) -> float:
    """Mean certainty of the map at the component's outline, 0 (undecided) to 1; 0 for an empty component."""
    kernel = np.ones((5, 5), np.uint8)
    whole = component.astype(np.uint8)
    rim = (cv2.dilate(whole, kernel) - cv2.erode(whole, kernel)).astype(bool)
    return float(np.abs(2 * probability[rim] - 1).mean()) if rim.any() else 0.0
