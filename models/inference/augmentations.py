"""Test-time augmentation: the fixed set of passes over one film, and the inverse of each.

The mean over the passes is the prediction; their spread measures its uncertainty. The set is fixed, so that predictions
are reproducible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Augmentation:
    """A rotation about the square's centre (degrees, counter-clockwise), a zoom, a left-right flip and a gamma."""

    degrees: float = 0.0
    zoom: float = 1.0
    mirrored: bool = False
    gamma: float = 1.0

    @property
    def turns(self) -> bool:
        """Whether the film is rotated or zoomed, and its pixels interpolated."""
        return self.degrees != 0 or self.zoom != 1

    def _matrix(self, size: int) -> NDArray[np.float64]:
        middle = (size - 1) / 2
        return np.asarray(cv2.getRotationMatrix2D((middle, middle), self.degrees, self.zoom), dtype=np.float64)

    def apply(self, square: NDArray[np.float32]) -> NDArray[np.float32]:
        """A (S, S) film in [0, 1], augmented."""
        turned = square
        if self.turns:
            turned = cv2.warpAffine(square, self._matrix(square.shape[0]), square.shape[::-1], flags=cv2.INTER_LINEAR)
        curved = turned if self.gamma == 1 else np.power(np.clip(turned, 0, 1), np.float32(self.gamma))
        return np.ascontiguousarray(curved[:, ::-1] if self.mirrored else curved, dtype=np.float32)

    def undo(self, maps: NDArray[np.float32], mirrored_order: list[int]) -> NDArray[np.float32]:
        """Transform a pass's (C, S, S) maps back to the film; ``mirrored_order`` exchanges left and right channels."""
        if self.mirrored:
            maps = maps[mirrored_order][:, :, ::-1]
        if not self.turns:
            return np.ascontiguousarray(maps)
        size = maps.shape[-1]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        matrix = self._matrix(size)
        return np.stack([cv2.warpAffine(np.ascontiguousarray(m), matrix, (size, size), flags=flags) for m in maps])


PLAIN: Final = (Augmentation(),)
"""A single pass over the film as it is."""
AUGMENTATIONS: Final = (
    *PLAIN,
    Augmentation(mirrored=True, gamma=0.8),
    Augmentation(degrees=4, zoom=0.94, gamma=1.25),
    Augmentation(degrees=-4, zoom=0.88, mirrored=True),
)
