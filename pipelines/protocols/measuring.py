"""From measured values to measurements: the interval, the reference class and the reasons; and all that masks show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from radcaliper.measurements.catalog import with_sites
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import (
    Grid,
    Masks,
    MeasuredValue,
    Measurement,
    NotMeasurable,
    Prediction,
    Radiograph,
    Status,
)
from radcaliper.pipelines.protocols.base import Examination
from radcaliper.qc.intervals import interval
from radcaliper.qc.reasons import worst_first

_LEAST_SHARE: Final = 0.5
"""A measurement that fewer of the passes allow is left for a person to review."""
METHOD: Final = "mask"


def with_interval(
    measured: MeasuredValue, others: Sequence[float], reasons: set[str], examination: Examination[Any]
) -> Measurement:
    """A value with its interval from ``others``, its values in the passes; any of ``reasons`` asks for a review."""
    word = measured.spec.reference_class(measured, examination.film.view)
    interval_of_value = interval(measured, others, examination.calibration.widths)
    return Measurement.of(measured, interval_of_value, word, worst_first(reasons))


def measure_masks(spec: MeasurementSpec, site: str, masks: Masks, grid: Grid) -> MeasuredValue:
    """The measurement on masks; NotMeasurable where they show no honest answer."""
    return spec.measure(masks, grid, site) if site else spec.measure(masks, grid)


def values_over_passes(spec: MeasurementSpec, site: str, prediction: Prediction, film: Radiograph) -> list[float]:
    """The value on the masks of each pass that allows it."""
    values = []
    for one in prediction.passes:
        try:
            values.append(measure_masks(spec, site, one.masks, film.grid.coarser(one.step)).value)
        except NotMeasurable:  # this pass has no answer; the share of those that have one is judged by the caller
            continue
    return values


def review_reasons(spec: MeasurementSpec, site: str, examination: Examination[Any]) -> set[str]:
    """What asks for a review of a measurement: findings that concern it, and masks that are left for one."""
    reasons = {finding.reason for finding in examination.findings if finding.concerns(spec.name, site)}
    if any(examination.quality(name).status is Status.REVIEW for name in spec.measured_on(site)):
        reasons.add("low_quality")
    return reasons


def unusable_masks(spec: MeasurementSpec, site: str, examination: Examination[Any]) -> set[str]:
    """Why a measurement must be refused: the reasons of the masks that it rests on and that are refused."""
    qualities = [examination.quality(name) for name in spec.measured_on(site)]
    return {reason for each in qualities if each.status is Status.REFUSED for reason in each.reasons}


def _measure_one(spec: MeasurementSpec, site: str, examination: Examination[Any]) -> Measurement:
    film, prediction = examination.film, examination.prediction
    if unusable := unusable_masks(spec, site, examination):
        return Measurement.refused(spec, site, METHOD, *worst_first(unusable))
    try:
        measured = measure_masks(spec, site, prediction.masks, film.grid)
    except NotMeasurable as refusal:
        return Measurement.refused(spec, site, METHOD, refusal.reason)
    values = values_over_passes(spec, site, prediction, film)
    reasons = review_reasons(spec, site, examination)
    if len(values) < _LEAST_SHARE * len(prediction.passes):
        reasons.add("unstable_number")
    return with_interval(measured, values, reasons, examination)


def on_masks(specs: Iterable[MeasurementSpec]) -> tuple[MeasurementSpec, ...]:
    """Those of the measurements that are made on masks alone."""
    return tuple(spec for spec in specs if METHOD in spec.methods)


def measure_on_masks(specs: Iterable[MeasurementSpec], examination: Examination[Any]) -> tuple[Measurement, ...]:
    """Every measurement at each of its sites: a value with its interval, or a refusal with its reason."""
    return tuple(_measure_one(spec, site, examination) for spec, site in with_sites(specs))
