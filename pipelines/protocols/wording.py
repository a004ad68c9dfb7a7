"""Numbers as people write them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from radcaliper.measurements.types import MaskQuality, Measurement, Unit
from radcaliper.qc.reasons import REASONS

UNIT_WORDS: Final = {
    Unit.DEGREE: "°",
    Unit.MILLIMETRE: " mm",
    Unit.PIXEL: " px",
    Unit.SQUARE_MILLIMETRE: " mm²",
    Unit.SQUARE_PIXEL: " px²",
    Unit.RATIO: "",
}
"""What stands behind a number."""
_DIGITS: Final = {Unit.RATIO: 2, Unit.DEGREE: 1, Unit.MILLIMETRE: 1}


def number_words(value: float, unit: Unit) -> str:
    """A number with as many digits as it is worth, without its unit."""
    digits = _DIGITS.get(unit, 0)
    return f"{round(value, digits) + 0.0:.{digits}f}"  # no -0


def plain_value(measurement: Measurement) -> str:
    """A value with its unit and nothing else; empty where there is none."""
    if measurement.value is None or measurement.unit is None:
        return ""
    return number_words(measurement.value, measurement.unit) + UNIT_WORDS[measurement.unit]


def value_words(measurement: Measurement, said: Collection[str] = ()) -> str:
    """A value with its unit, 90 % interval and reference class; or that there is none, and why.

    ``said`` are the reasons that need no words, as these stand beside it.
    """
    if measurement.value is None or measurement.unit is None:
        why = " ".join(REASONS[code] for code in measurement.reasons if code not in said)
        return f"{measurement.status.value}. {why}" if why else measurement.status.value
    words = [plain_value(measurement)]
    if measurement.interval is not None:
        words.append("({} to {})".format(*(number_words(end, measurement.unit) for end in measurement.interval)))
    return " ".join([*words, *([measurement.reference_class.replace("_", " ")] if measurement.reference_class else [])])


def labelled_value(measurement: Measurement, said: Collection[str] = ()) -> str:
    """A measurement's label and site, and its value or the reasons, but those ``said``, why there is none."""
    site = f", {measurement.site.replace('_', ' ')}" if measurement.site else ""
    return f"{measurement.spec.label}{site}: {value_words(measurement, said)}"


def look_words(view: str) -> str:
    """What a film that was refused looks like, in a sentence; empty for a view that is the file's word (``PA``)."""
    return (
        ""
        if view in ("", "other") or view.isupper()
        else f"It looks like: {view.replace('_', ' ').replace('ap ', 'AP ')}."
    )


def is_seen(quality: MaskQuality) -> bool:
    """Whether there is a mask."""
    return quality.quality is not None and quality.area_px != 0


def dice_words(quality: MaskQuality) -> str:
    """A mask's predicted Dice with its lower bound; or that there is no mask."""
    if not is_seen(quality):
        return "not seen"
    bound = "" if quality.quality_lower is None else f" ({quality.quality_lower:.2f})"
    return f"{quality.quality:.2f}{bound}"
