"""The output channels of the vertebra network, and the size of the strip that is its input."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine import levels

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
"""All channels that are logits."""
OFFSETS: Final = slice(6, 14)
"""From a centre to its corners tl, tr, bl, br, as row and col each, in units of OFFSET_UNIT map pixels."""
LEVEL: Final = 14
"""On bodies: the vertebra's place from the top, 1/LEVELS to 1."""
CHANNELS: Final = 15

OFFSET_UNIT: Final = 6.0
LEVELS: Final = 17
"""Vertebrae from T1 to L5."""
LEVEL_NAMES: Final = levels.LEVELS[levels.LEVELS.index("C7") :]
"""The answers of the level network: from C7, of which T1 is one below, to S1."""


def onto_maps(strip_places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Transform places (..., 2) from the strip's pixels to the maps'. Both count from the centre of the first pixel."""
    return (strip_places - (STRIDE - 1) / 2) / STRIDE


def onto_strip(map_places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Transform places (..., 2) from the maps' pixels to the strip's."""
    return map_places * STRIDE + (STRIDE - 1) / 2
