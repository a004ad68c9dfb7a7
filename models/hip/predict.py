"""From a film to its hips: one look at the whole film finds them, a closer one at each reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask, Radiograph, Segmentation
from radcaliper.models.hip.channels import CROP_RADII, SIDES
from radcaliper.models.inference.letterbox import Letterbox
from radcaliper.models.inference.segment import segment
from radcaliper.models.registry import BUNDLES

BUNDLE: Final = "hip_femur"
_BELOW: Final = 2.4
"""Head radii from the head's centre down to the middle of the closer look."""


@dataclass(frozen=True)
class HipLook:
    """One side of a film looked at closely: the part of the film that begins at (``top``, ``left``), and its masks."""

    side: str
    top: int
    left: int
    film: Radiograph
    segmentation: Segmentation

    @property
    def variant_shift(self) -> NDArray[np.float64]:
        """(2,) what brings (row, col) times the variants' step to the whole film's pixels, when added."""
        box = Letterbox.square(*self.film.shape, int(BUNDLES[BUNDLE].metadata["size"]))
        return np.asarray(box.on_film(np.zeros(2)) + np.array([self.top, self.left]))

    def over(self, whole: Mask, name: str) -> Mask:
        """The first look's mask of the whole film, with this look's where it looked."""
        canvas, mask = whole.copy(), self.segmentation.masks[name]
        canvas[self.top : self.top + mask.shape[0], self.left : self.left + mask.shape[1]] = mask
        return canvas


def _window(head: Mask, femur: Mask) -> tuple[slice, slice] | None:
    """Rows and columns of the film around a hip, from the first look's head and femur; None where there is none."""
    if not head.any() or not femur.any():
        return None
    row, col = np.argwhere(head).mean(axis=0)
    radius = float(np.sqrt(head.sum() / np.pi))
    centre = row + _BELOW * radius, (col + np.argwhere(femur).mean(axis=0)[1]) / 2
    starts = [max(0, round(middle - CROP_RADII / 2 * radius)) for middle in centre]
    ends = [round(middle + CROP_RADII / 2 * radius) for middle in centre]
    return slice(starts[0], ends[0]), slice(starts[1], ends[1])


def look_at_hips(film: Radiograph) -> tuple[Segmentation, dict[str, HipLook]]:
    """What the first look saw on the whole film, and the closer look at each hip that it found, by side."""
    first = segment(film, BUNDLE)
    looks = {}
    for side in SIDES:
        window = _window(first.masks[f"{side}_head"], first.masks[f"{side}_femur"])
        if window is not None:
            part = replace(film, pixels=np.ascontiguousarray(film.pixels[window]))
            looks[side] = HipLook(side, window[0].start, window[1].start, part, segment(part, BUNDLE))
    return first, looks
