"""All numbers of a film as one list for people: grouped by curve, side and tube, what is not measured at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from radcaliper.measurements.structures import STRUCTURES
from radcaliper.measurements.types import Analysis, Measurement, Unit
from radcaliper.pipelines.comparison.change import Change
from radcaliper.pipelines.protocols.wording import UNIT_WORDS, number_words, plain_value
from radcaliper.pipelines.review.measurements import ReviewedMeasurement
from radcaliper.pipelines.review.remeasure import quality_of
from radcaliper.qc.reasons import in_words

_TUBES: Final = {spec.name: spec.label for spec in STRUCTURES if spec.may_be_absent}
_SIDES: Final = ("right", "left")
_NOT_MEASURED: Final = "Not measured"
_USUAL_METHODS: Final = ("mask", "vertebra_centres", "vertebral_tilt", "course", "parts_and_mask")
"""Methods that are not told beside a measurement's name."""
_DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True)
class NumberRow:
    """One number as text: its name, value, 90 % interval, the automatic value where it was corrected, and a note.

    ``note`` says in words why the number is in doubt or missing, ``tooltip`` what the number is, its reference class,
    the predicted Dice that it rests on and the reason codes. ``other`` and ``change`` are those of a film beside it.
    """

    label: str
    value: str
    interval: str = ""
    automatic: str = ""
    note: str = ""
    tooltip: str = ""
    other: str = ""
    change: str = ""

    @property
    def corrected(self) -> bool:
        """Whether a person changed the number."""
        return bool(self.automatic)


@dataclass(frozen=True)
class NumberGroup:
    """Numbers under one heading; a ``folded`` group is closed until it is opened."""

    title: str
    rows: tuple[NumberRow, ...]
    folded: bool = False


def value_text(measurement: Measurement | None) -> str:
    """A value with its unit; a dash where there is none."""
    return _DASH if measurement is None else plain_value(measurement) or _DASH


def _change_text(change: Change | None, unit: Unit | None) -> str:
    if change is None or change.value is None or unit is None:
        return ""
    return f"{'+' if change.value > 0 else ''}{number_words(change.value, unit)}{UNIT_WORDS[unit]}"


def _interval_text(measurement: Measurement) -> str:
    if measurement.interval is None or measurement.unit is None:
        return ""
    return " to ".join(number_words(end, measurement.unit) for end in measurement.interval)


def _tube(measurement: Measurement) -> str:
    return next((_TUBES[name] for name in measurement.spec.structures if name in _TUBES), "")


def _curve_title(measurement: Measurement) -> str:
    """``Curve 1, T6 to L1``; vertebrae by their numbers where their levels are not known."""
    details = measurement.details
    ends = [details.get(f"{end}_level") or details.get(end, "") for end in ("upper", "lower")]
    title = measurement.site.replace("_", " ").capitalize()
    if not all(ends):
        return title
    return f"{title}, {' to '.join(end.removeprefix('vertebra_').lstrip('0') for end in ends)}"


def _title(measurement: Measurement) -> str:
    """The heading that a measured number stands under."""
    if measurement.site in _SIDES:
        return measurement.site.capitalize()
    if measurement.site.startswith("curve_"):
        return measurement.site
    return measurement.spec.label if measurement.site else _tube(measurement) or "Whole film"


def _label(measurement: Measurement, alone: bool) -> str:
    """A number's name under its heading, or with its site where it stands ``alone``."""
    parts = [measurement.spec.label]
    if measurement.site and (alone or _title(measurement) == measurement.spec.label):
        parts.append(measurement.site.replace("_", " "))
    if measurement.method not in _USUAL_METHODS:
        parts.append(f"by {measurement.method.replace('_', ' ')}")
    return ", ".join(parts)


def _tooltip(measurement: Measurement, analysis: Analysis) -> str:
    quality = quality_of(measurement, analysis)
    lines = [
        measurement.spec.definition,
        f"Reference: {measurement.reference_class}" if measurement.reference_class else "",
        "" if quality is None else f"Lowest predicted Dice of its masks: {quality:.2f}",
        f"{measurement.status.value}: {', '.join(measurement.reasons)}" if measurement.reasons else "",
    ]
    return "\n".join(filter(None, lines))


def _row(reviewed: ReviewedMeasurement, analysis: Analysis, change: Change | None) -> NumberRow:
    now, missing = reviewed.now, reviewed.now.value is None
    changed = reviewed.corrected_value is not None or (missing and _has_value(reviewed.automatic))
    return NumberRow(
        _label(now, alone=missing),
        value_text(now),
        _interval_text(now),
        value_text(reviewed.automatic) if changed else "",
        in_words(now.reasons),
        _tooltip(now, analysis),
        "" if change is None or change.earlier is None else value_text(change.earlier),
        _change_text(change, now.unit),
    )


def _has_value(measurement: Measurement | None) -> bool:
    return measurement is not None and measurement.value is not None


def number_groups(
    measurements: Sequence[ReviewedMeasurement], analysis: Analysis, changes: Iterable[Change] = ()
) -> tuple[NumberGroup, ...]:
    """All numbers of a film under headings, in the order of the tables; refused and absent ones last, and folded.

    ``changes`` are those from another film, as the earlier one; they stand beside the numbers that both have.
    """
    by_key = {change.later.key: change for change in changes if change.later is not None}
    groups: dict[str, list[NumberRow]] = {}
    titles: dict[str, str] = {}
    for each in measurements:
        key = _title(each.now) if each.now.value is not None else _NOT_MEASURED
        if each.now.site.startswith("curve_") and each.now.value is not None and each.now.details:
            titles.setdefault(key, _curve_title(each.now))
        groups.setdefault(key, []).append(_row(each, analysis, by_key.get(each.now.key)))
    missing = groups.pop(_NOT_MEASURED, [])
    measured = [NumberGroup(titles.get(key, _plain(key)), tuple(rows)) for key, rows in groups.items()]
    if missing:
        measured.append(NumberGroup(f"{_NOT_MEASURED} ({len(missing)})", tuple(missing), folded=True))
    return tuple(measured)


def _plain(title: str) -> str:
    return title.replace("_", " ").capitalize() if title.startswith("curve_") else title
