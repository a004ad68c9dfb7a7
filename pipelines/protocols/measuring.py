"""From masks to numbers with intervals and a status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from radcaliper.measurements.measure import Measure
from radcaliper.measurements.references import reference_class
from radcaliper.measurements.types import (
    Finding,
    MaskQuality,
    Measurement,
    NotMeasurable,
    Radiograph,
    Reading,
    Segmentation,
    Status,
)
from radcaliper.qc.intervals import interval
from radcaliper.qc.reasons import worst_first

_LEAST_SHARE = 0.5
"""A number that fewer of the plausible masks allow to be measured is left for a person to review."""


def values_over_variants(measure: Measure, segmentation: Segmentation, film: Radiograph) -> list[float]:
    """The measure on each of the plausible masks that allows it."""
    values = []
    grid = film.grid.coarser(segmentation.variants.step)
    for masks in segmentation.variants.masks:
        try:
            values.append(measure.function(masks, grid).value)
        except NotMeasurable:  # this plausible mask has no answer; the share of those that have one is judged below
            continue
    return values


def _judge(measure: Measure, qualities: Mapping[str, MaskQuality], findings: Iterable[Finding]) -> set[str]:
    reasons = {f.reason for f in findings if measure.name in f.affects}
    if any(qualities[name].status is Status.REVIEW for name in measure.needs):
        reasons.add("low_quality")
    return reasons


def with_interval(reading: Reading, values: Sequence[float], reasons: set[str], view: str) -> Measurement:
    """A reading with its interval: ``values`` are other plausible readings, any of ``reasons`` asks for a review."""
    spread = interval(reading.measurement, reading.value, values, reading.unit)
    return Measurement.of(reading, spread, reference_class(reading, view), worst_first(reasons))


def _measure_one(
    measure: Measure,
    film: Radiograph,
    segmentation: Segmentation,
    qualities: Mapping[str, MaskQuality],
    findings: Sequence[Finding],
) -> Measurement:
    unusable = {
        reason
        for name in measure.needs
        if qualities[name].status is Status.REFUSED
        for reason in qualities[name].reasons
    }
    if unusable:
        return Measurement(measure.name, measure.site, "mask", Status.REFUSED, reasons=worst_first(unusable))
    try:
        reading = measure.function(segmentation.masks, film.grid)
    except NotMeasurable as refusal:
        return Measurement(measure.name, measure.site, "mask", Status.REFUSED, reasons=(refusal.reason,))
    values = values_over_variants(measure, segmentation, film)
    reasons = _judge(measure, qualities, findings)
    if len(values) < _LEAST_SHARE * len(segmentation.variants.masks):
        reasons.add("unstable_number")
    return with_interval(reading, values, reasons, film.view)


def measure_all(
    measures: Iterable[Measure],
    film: Radiograph,
    segmentation: Segmentation,
    qualities: Sequence[MaskQuality],
    findings: Sequence[Finding],
) -> tuple[Measurement, ...]:
    """Every measure of a protocol on one film: a number with its interval, or a refusal with its reason."""
    by_name = {quality.structure: quality for quality in qualities}
    return tuple(_measure_one(measure, film, segmentation, by_name, findings) for measure in measures)
