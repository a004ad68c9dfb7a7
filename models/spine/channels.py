"""What the strip network says of each pixel, by channel, and the strip it reads."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

ROWS: Final = 640
COLS: Final = 96
"""The strip's size: about 32 pixels a vertebra on a film from T1 to L5."""
STRIDE: Final = 2
"""Pixels of the strip for each pixel of the maps."""
MAP_ROWS: Final = ROWS // STRIDE
MAP_COLS: Final = COLS // STRIDE
REACH: Final = 16.0
"""Reach of the strip's local contrast, in its pixels: half a vertebra."""

BODY: Final = 0
"""Logit: inside a vertebral body."""
CORNERS: Final = slice(1, 5)
"""Logits: at the corners tl, tr, bl, br."""
CENTRE: Final = 5
"""Logit: at a body's centre."""
BLOBS: Final = slice(1, 6)
"""Corners and centre together."""
PROBABILITIES: Final = slice(0, 6)
"""All that are logits."""
OFFSETS: Final = slice(6, 14)
"""From a centre to its corners tl, tr, bl, br, as row and col each, in units of OFFSET_UNIT map pixels."""
LEVEL: Final = 14
"""On bodies: the vertebra's place from the top, 1/LEVELS to 1."""
CHANNELS: Final = 15

OFFSET_UNIT: Final = 6.0
LEVELS: Final = 17
"""Vertebrae from T1 to L5."""


def onto_maps(strip_places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places (..., 2) in the strip's pixels, in the maps' pixels: both count from the centre of their first pixel."""
    return (strip_places - (STRIDE - 1) / 2) / STRIDE


def onto_strip(map_places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places (..., 2) in the maps' pixels, in the strip's pixels."""
    return map_places * STRIDE + (STRIDE - 1) / 2
