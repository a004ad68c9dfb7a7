"""Films as they come from the web: few pixels, saved as JPEG more than once."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from radcaliper.learning.hip.projector import Picture

_COARSE, _JPEG = 0.4, 0.4
_LEAST: Final = 0.3
"""Share of the square's pixels along a side that a coarse film has: one of 200 pixels looked at closely."""
_QUALITY: Final = (8, 70)


def coarse_copy(grey: Picture, rng: np.random.Generator) -> Picture:
    """The (S, S) film in [0, 1], some with fewer pixels, some with the blocks of a JPEG file."""
    size, film = grey.shape[0], grey
    small = round(size * float(rng.uniform(_LEAST, 1))) if rng.random() < _COARSE else size
    if small < size:
        film = np.asarray(cv2.resize(film, (small, small), interpolation=cv2.INTER_AREA), dtype=np.float32)
    if rng.random() < _JPEG:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_QUALITY))]
        packed = cv2.imencode(".jpg", np.clip(film * 255, 0, 255).astype(np.uint8), quality)[1]
        film = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.float32) / np.float32(255)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
    film = cv2.resize(film, (size, size), interpolation=way) if small < size else film
    return np.asarray(np.clip(film, 0, 1), dtype=np.float32)
