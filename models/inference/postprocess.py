"""From probability maps to masks: the largest component without holes, at the film's own size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.components import Components
from radcaliper.measurements.region import Region
from radcaliper.measurements.types import Mask
from radcaliper.models.inference.letterbox import Letterbox

_LEAST_SHARE: Final = 2e-4
"""A component under this share of the square (13 pixels of 256²) is noise."""
_TAIL: Final = 0.028
"""Half the width, as a share of the square's side, under which an appendage of a compact structure is a tail."""


@dataclass(frozen=True)
class _Part:
    """A part of an image: the pixels around what is not 0 in it. Work there takes a fraction of the time."""

    rows: slice
    cols: slice

    @classmethod
    def around(cls, image: NDArray[np.uint8], margin: int = 0) -> _Part:
        """The box of what is not 0, if there is anything, wider by ``margin`` pixels where the image goes on."""
        left, top, width, height = cv2.boundingRect(image)
        return cls(
            slice(max(0, top - margin), min(image.shape[0], top + height + margin)),
            slice(max(0, left - margin), min(image.shape[1], left + width + margin)),
        )

    def of(self, image: NDArray[Any]) -> NDArray[Any]:
        """The image's part, as a view."""
        return image[self.rows, self.cols]


def _filled(mask: Mask) -> Mask:
    """A mask of this module's own with its holes filled, in place."""
    filled = mask.view(np.uint8)
    outlines, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(filled, outlines, -1, 1, thickness=cv2.FILLED)
    return mask


def largest_component(probability: NDArray[np.float32], above: float = 0.5) -> Mask:
    """The largest component of an (S, S) map ``above`` a probability, holes filled; empty if there is none."""
    binary = (probability > np.float32(above)).view(np.uint8)
    whole = np.zeros(binary.shape, bool)
    if not binary.any():
        return whole
    part = _Part.around(binary)
    found = Components.of(part.of(binary), connectivity=4)
    largest = int(found.areas.argmax())
    if found.areas[largest] < _LEAST_SHARE * binary.size:
        return whole
    part.of(whole)[:] = _filled(found.labels == largest)
    return whole


def all_components(probability: NDArray[np.float32], above: float = 0.5) -> Mask:
    """Every component of an (S, S) map ``above`` a probability that is no noise, holes filled."""
    binary = probability > np.float32(above)
    return _filled(Components.of(binary, connectivity=4).at_least(_LEAST_SHARE * binary.size))


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), dtype=np.uint8)


def _near(core: NDArray[np.uint8], component: Mask, radius: int) -> Mask:
    """What of a component (H, W) lies within ``radius`` of its ``core``: by the square within the disc, which takes a
    tenth of the time, and by the disc for what is left.
    """
    disc = _disc(radius)
    half = radius - int(disc.diagonal().argmax())
    near = cv2.dilate(core, np.ones((2 * half + 1, 2 * half + 1), np.uint8)).view(bool)
    if (far := component & ~near).any():
        around = _Part.around(far.view(np.uint8), radius)
        around.of(near)[:] |= cv2.dilate(around.of(core), disc).view(bool)
    return np.asarray(component & near)


def without_tails(component: Mask) -> Mask:
    """A compact structure's (S, S) component without thin appendages; blunt corners stay as they are."""
    if not component.any():
        return component
    radius = round(_TAIL * component.shape[0])
    part = _Part.around(component.view(np.uint8), radius)
    core = cv2.erode(part.of(component).view(np.uint8), _disc(radius))
    if not core.any():
        return component
    kept = np.zeros_like(component)
    part.of(kept)[:] = _near(core, part.of(component), round(1.6 * radius))
    return kept


def region_on_film(probability: NDArray[np.float32], component: Mask, box: Letterbox) -> Region:
    """What one structure covers of the (height, width) film: the map interpolated, within and around ``component``."""
    shape = box.height, box.width
    around = cv2.dilate(component.view(np.uint8), np.ones((3, 3), np.uint8))
    if not box.within(around).any():
        return Region.nowhere(shape)
    part = _Part.around(box.within(around), margin=1)
    near, inside, likely = (part.of(box.within(image)) for image in (around, component, probability))
    held = np.where(near, np.maximum(likely, np.where(inside, np.float32(0.51), np.float32(0))), np.float32(0))
    rows, cols, matrix = box.film_part(part.rows.start, part.cols.start, held.shape)
    size = cols.stop - cols.start, rows.stop - rows.start
    if min(size) < 1:  # it lies between the pixels of a film that is smaller than the map
        return Region.nowhere(shape)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(held, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return Region.within(fine > 0.5, rows.start, cols.start, shape)


def outline_certainty(probability: NDArray[np.float32], component: Mask) -> float:
    """Mean certainty of the map at the component's outline, 0 (undecided) to 1; 0 for an empty component."""
    kernel = np.ones((5, 5), np.uint8)
    whole = component.astype(np.uint8)
    rim = (cv2.dilate(whole, kernel) - cv2.erode(whole, kernel)).astype(bool)
    return float(np.abs(2 * probability[rim] - 1).mean()) if rim.any() else 0.0
