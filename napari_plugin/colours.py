"""The colours of structures and lines: Okabe and Ito's, as on the overlays, which colour-blind people tell apart."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.protocols.canvas import GREEN, ORANGE, SKY, VERMILION, YELLOW, Colour
from radcaliper.pipelines.protocols.chest.overlay import STRUCTURE_COLOURS
from radcaliper.pipelines.protocols.spine.overlay import CURVE_COLOURS

_NAMED: Final[dict[str, Colour]] = {
    **STRUCTURE_COLOURS,
    **{f"curve_{number}": colour for number, colour in enumerate(CURVE_COLOURS, start=1)},
    "vertebra": SKY,
    "right_femur": SKY,
    "left_femur": GREEN,
    "head": ORANGE,
    "neck_axis": VERMILION,
    "shaft_axis": YELLOW,
}


def colour_of(name: str) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity, 0 to 1, of a structure, curve or kind of line; vermilion where none is set."""
    blue, green, red = _NAMED.get(name, VERMILION)
    return red / 255, green / 255, blue / 255, 1.0
