"""The output channels of the tube network."""

from __future__ import annotations

from typing import Final

TUBES: Final = ("ett", "ngt", "cvc")
"""Endotracheal tube, gastric tube, central venous catheter (a PICC among them): their tips are sought."""
REPORTED: Final = (*TUBES, "tracheostomy", "pacemaker_lead")
"""All that is reported; of tracheostomy tubes and pacemaker leads presence and mask only."""
IN_TRACHEA: Final = ("ett", "tracheostomy")
"""Of which a patient has one at most."""
VENOUS: Final = ("cvc", "pacemaker_lead")
"""Which come through the great veins."""
BODIES: Final = (*REPORTED, "other")
"""Outlines; ``other`` is any line that is none of those, as an electrode's wire, a drain, tubing on the skin."""
POINTS: Final = (*(f"{tube}_tip" for tube in TUBES), "carina")
"""Heat maps of places."""
TUBE_CHANNELS: Final = (*BODIES, *POINTS)
"""From a chest film and its masks to the tubes and lines that are on it."""
