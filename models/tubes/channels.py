"""The output channels of the tube network."""

from __future__ import annotations

from typing import Final

TUBES: Final = ("ett", "ngt", "cvc")
"""Endotracheal tube, gastric tube, central venous catheter (a PICC among them)."""
BODIES: Final = (*TUBES, "other")
"""Outlines; ``other`` is any line that is none of the tubes, as an electrode's wire, a drain, tubing on the skin."""
POINTS: Final = (*(f"{tube}_tip" for tube in TUBES), "carina")
"""Heat maps of places."""
TUBE_CHANNELS: Final = (*BODIES, *POINTS)
