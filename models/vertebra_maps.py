"""What the strip network says of each pixel, by channel, and the strip it reads."""

from __future__ import annotations

from typing import Final

ROWS: Final = 896
COLS: Final = 160
"""The strip's size: about 50 pixels a vertebra on a film from T1 to L5."""
REACH: Final = 24.0
"""Reach of the strip's local contrast, in its pixels: half a vertebra."""

BODY: Final = 0
"""Logit: inside a vertebral body."""
CORNERS: Final = slice(1, 5)
"""Logits: at the corners tl, tr, bl, br."""
CENTRE: Final = 5
"""Logit: at a body's centre."""
OFFSETS: Final = slice(6, 14)
"""From a centre to its corners tl, tr, bl, br, as row and col each, in units of OFFSET_UNIT pixels."""
LEVEL: Final = 14
"""On bodies: the vertebra's place from the top, 1/LEVELS to 1."""
CHANNELS: Final = 15

OFFSET_UNIT: Final = 16.0
LEVELS: Final = 17
"""Vertebrae from T1 to L5."""
