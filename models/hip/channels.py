"""What the hip network marks, by output channel."""

from __future__ import annotations

from typing import Final

SIDES: Final = ("right", "left")
PARTS: Final = ("femur", "head", "neck_axis", "shaft_axis")
"""The whole femur; the head's disc; a band along the neck's axis from the head's centre to the shaft's axis; a band
along the shaft's axis from the lesser trochanter down."""
PROSTHESIS: Final = "prosthesis"
HIP_STRUCTURES: Final = (*(f"{side}_{part}" for part in PARTS for side in SIDES), PROSTHESIS)

BAND: Final = 0.22
"""Half the width of the bands, in head radii."""
SHAFT_RADII: Final = 7.0
"""Length of the shaft's band, in head radii, where the film shows so much of it."""
CROP_RADII: Final = 8.6
"""Side of the square that the second look at a hip covers, in head radii."""
