"""Reference ranges, with their sources, in one place. They describe; they do not diagnose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from radcaliper.measurements.types import Reading, Unit

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


def _between(value: float, limits: Sequence[float], noise: float, words: Sequence[str]) -> str:
    """The word for where a value lies among rising limits; indeterminate within noise of one."""
    if any(abs(value - limit) <= noise for limit in limits):
        return "indeterminate"
    return words[sum(value > limit for limit in limits)]


_ETT_LIMITS: Final = (10.0, 30.0, 70.0, 90.0)
_ETT_WORDS: Final = ("low", "low_unless_flexed", "normal", "high_unless_extended", "high")
"""Millimetres above the carina: 5 +- 2 cm with a neutral neck, 3 +- 2 flexed, 7 +- 2 extended (Radiopaedia); under 1 cm
is an alarm (RSNA 2020)."""
_ETT_NOISE: Final = 6.0
"""Raters of the same film differ by 0.6 cm (Crit Care 2023)."""
_CVC_LIMITS: Final = (-55.0, 20.0)
_CVC_WORDS: Final = ("deep", "normal", "high")
"""Millimetres above the carina: at or just above it, down to the cavo-atrial junction two vertebral bodies below."""
_NGT_WORDS: Final = ("below_diaphragm", "above_diaphragm")
_TIP_NOISE: Final = 10.0


def _ett_class(reading: Reading) -> str:
    if reading.unit is not Unit.MILLIMETRE:
        return ""
    if reading.value < -_ETT_NOISE:
        return reading.details["tip_in"]
    return _between(reading.value, _ETT_LIMITS, _ETT_NOISE, _ETT_WORDS)


def _cvc_class(reading: Reading) -> str:
    is_mm = reading.unit is Unit.MILLIMETRE
    return _between(reading.value, _CVC_LIMITS, _TIP_NOISE, _CVC_WORDS) if is_mm else ""


def _ngt_class(reading: Reading) -> str:
    is_mm = reading.unit is Unit.MILLIMETRE
    return _between(reading.value, (0.0,), _TIP_NOISE, _NGT_WORDS) if is_mm else ""


_TUBE_CLASSES: Final[dict[str, Callable[[Reading], str]]] = {
    "ett_tip_to_carina": _ett_class,
    "cvc_tip_to_carina": _cvc_class,
    "ngt_tip_to_diaphragm": _ngt_class,
}
"""Of tubes only lengths in millimetres have a class: a tip's place in pixels says nothing."""

_CLASSES: Final[dict[str, Callable[[float, str], str]]] = {
    "cardiothoracic_ratio": _cardiothoracic_class,
    "carina_angle": _carina_class,
    "cobb_angle": _cobb_class,
    "ccd_angle": _neck_shaft_class,
}


def reference_class(reading: Reading, view: str) -> str:
    """The word for a value against its reference range, empty where none is agreed; ``view`` is PA, AP or other."""
    if reading.measurement in _TUBE_CLASSES:
        return _TUBE_CLASSES[reading.measurement](reading)
    classify = _CLASSES.get(reading.measurement)
    return "" if classify is None else classify(reading.value, view)
