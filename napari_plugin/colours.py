"""The colours of structures and lines: those of the catalog and of the overlays."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.specs import Rgb
from radcaliper.measurements.spine.curves import curve_site
from radcaliper.measurements.structures import GREEN, ORANGE, SKY, STRUCTURES, VERMILION, YELLOW
from radcaliper.pipelines.protocols.spine.overlay import CURVE_COLOURS

_COLOURS: Final[dict[str, Rgb]] = {
    **{spec.name: spec.colour for spec in STRUCTURES},
    **{curve_site(number): colour for number, colour in enumerate(CURVE_COLOURS, start=1)},
    "vertebra": SKY,
    "left_femur": GREEN,
    "head": ORANGE,
    "neck_axis": VERMILION,
    "shaft_axis": YELLOW,
}


def colour_of(name: str) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity, 0 to 1, of a structure, curve or axis; vermilion where the name has no colour."""
    red, green, blue = _COLOURS.get(name, VERMILION)
    return red / 255, green / 255, blue / 255, 1.0
