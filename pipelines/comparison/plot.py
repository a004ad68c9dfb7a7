"""A patient's numbers over time as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from radcaliper.measurements.types import Key, Measurement, Unit
from radcaliper.pipelines.comparison.change import Change
from radcaliper.pipelines.comparison.folder import PatientFilms
from radcaliper.pipelines.comparison.matching import match_measurements

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS: Final = 3
_PANEL_INCHES: Final = (4.2, 2.6)
_NO_SCALE: Final = (Unit.PIXEL, Unit.SQUARE_PIXEL)


@dataclass(frozen=True)
class Series:
    """One number of a patient, where it has a value: the films' dates, and the measurements."""

    label: str
    dates: tuple[date, ...]
    measurements: tuple[Measurement, ...]


def _label(measurement: Measurement) -> str:
    """The number's name, side or curve, and unit."""
    unit = "" if measurement.unit in (None, Unit.RATIO) else f" ({measurement.unit.value})"
    site = f", {measurement.site.replace('_', ' ')}" if measurement.site else ""
    return f"{measurement.spec.label}{site}{unit}"


def series_of(patient: PatientFilms) -> tuple[Series, ...]:
    """The numbers of a patient's first film that a later film has too, by its first method; none in pixels."""
    first, *others = patient.visits
    start = patient.measurements[first.image]
    points: dict[Key, list[tuple[date, Measurement]]] = {
        each.key: [(first.date, each)]
        for each in start
        if each.value is not None and each.unit not in _NO_SCALE and each.method == _first_method(each, start)
    }
    for visit in others:
        for earlier, later in match_measurements(start, patient.measurements[visit.image]):
            if earlier is not None and earlier.key in points and _is_comparable(later, earlier):
                points[earlier.key].append((visit.date, later))
    return tuple(
        Series(_label(found[0][1]), tuple(when for when, _ in found), tuple(number for _, number in found))
        for found in points.values()
        if len(found) > 1
    )


def _is_comparable(later: Measurement | None, earlier: Measurement) -> TypeGuard[Measurement]:
    return later is not None and later.value is not None and later.unit is earlier.unit


def _first_method(measurement: Measurement, among: Sequence[Measurement]) -> str:
    """The method of the same number that its catalog entry names first."""
    methods = [each.method for each in among if (each.name, each.site) == (measurement.name, measurement.site)]
    return min(methods, key=measurement.spec.methods.index)


def _draw(axes: Any, series: Series) -> None:
    values = [float(each.value or 0.0) for each in series.measurements]
    ends = [each.interval or (value, value) for each, value in zip(series.measurements, values, strict=True)]
    errors = [[value - low for value, (low, _) in zip(values, ends, strict=True)]]
    errors.append([high - value for value, (_, high) in zip(values, ends, strict=True)])
    axes.errorbar(series.dates, values, yerr=errors, marker="o", capsize=3, color="#0072b2")
    axes.set_title(series.label, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.set_xticks(series.dates, [day.isoformat() for day in series.dates], rotation=30, ha="right")


def trend_figure(patient: PatientFilms) -> Figure | None:
    """Draw a patient's numbers over time with their 90 % intervals.

    Parameters
    ----------
    patient : PatientFilms
        A patient's films and measurements.

    Returns
    -------
    matplotlib.figure.Figure | None
        A panel for each number that several films have; None where there is none.
    """
    from matplotlib.figure import Figure

    series = series_of(patient)
    if not series:
        return None
    columns, rows = min(_COLUMNS, len(series)), math.ceil(len(series) / _COLUMNS)
    figure = Figure(figsize=(columns * _PANEL_INCHES[0], rows * _PANEL_INCHES[1]), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, each in zip(panels, series, strict=False):
        _draw(axes, each)
    for axes in panels[len(series) :]:
        axes.set_axis_off()
    return figure


def changes_figure(changes: Sequence[Change], title: str) -> Figure:
    """Draw the changes between two films in units of readers' noise, each with its 90 % interval.

    Parameters
    ----------
    changes : Sequence[Change]
        The changes; those without an interval or a known noise are left out.
    title : str
        What stands above.

    Returns
    -------
    matplotlib.figure.Figure
        A line a number; within the grey band a change is no larger than readers' noise.
    """
    from matplotlib.figure import Figure

    shown = [change for change in changes if change.interval is not None and change.noise > 0]
    figure = Figure(figsize=(7, 1.2 + 0.35 * len(shown)), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(-1, 1, color="0.9")
    axes.axvline(0, color="0.5", linewidth=0.8)
    for place, change in enumerate(shown):
        _draw_change(axes, place, change)
    labels = [_label(known) for change in shown if (known := change.earlier or change.later) is not None]
    axes.set_yticks(range(len(shown)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set(title=title, xlabel="change, in units of readers' noise")
    return figure


def _draw_change(axes: Any, place: int, change: Change) -> None:
    if change.interval is not None and change.value is not None:
        ends = [end / change.noise for end in change.interval]
        axes.plot(ends, [place, place], color="#0072b2")
        axes.plot(change.value / change.noise, place, "o", color="#0072b2")
