"""Reference ranges, with their sources, in one place. They describe; they do not diagnose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from radcaliper.measurements.types import Reading

_CTR_PA: Final = 0.50
_CTR_AP: Final = 0.55
"""Upper limits of the cardiothoracic ratio (CheXStruct): PA, AP."""
_CTR_NOISE: Final = 0.03
"""Readers differ by 0.027 on average (305 films of the CheXmask physician set)."""


def _cardiothoracic_class(value: float, view: str) -> str:
    """Within reader noise of the limit the class is indeterminate; an unknown view may be either."""
    lowest = _CTR_AP if view == "AP" else _CTR_PA
    highest = _CTR_PA if view == "PA" else _CTR_AP
    if value < lowest - _CTR_NOISE:
        return "normal"
    return "enlarged" if value > highest + _CTR_NOISE else "indeterminate"


def _carina_class(value: float, _: str) -> str:
    """40 to 80 degrees is usual."""
    return "narrow" if value < 40 else "wide" if value > 80 else "normal"


def _cobb_class(value: float, _: str) -> str:
    """Under 10 degrees is no scoliosis (SRS); sources vary at the top."""
    if value < 10:
        return "none"
    return "mild" if value < 25 else "moderate" if value <= 40 else "severe"


def _neck_shaft_class(value: float, _: str) -> str:
    """Vara under 120 degrees (UpToDate), valga above 140 (sources vary from 135)."""
    return "vara" if value < 120 else "valga" if value > 140 else "normal"


_CLASSES: Final[dict[str, Callable[[float, str], str]]] = {
    "cardiothoracic_ratio": _cardiothoracic_class,
    "carina_angle": _carina_class,
    "cobb_angle": _cobb_class,
    "ccd_angle": _neck_shaft_class,
}


def reference_class(reading: Reading, view: str) -> str:
    """The word for a value against its reference range, empty where none is agreed; ``view`` is PA, AP or other."""
    classify = _CLASSES.get(reading.measurement)
    return "" if classify is None else classify(reading.value, view)
