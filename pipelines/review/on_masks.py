"""Correcting films whose measurements are made on masks alone: edit a mask, and what rests on it is measured anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from radcaliper.measurements.catalog import with_sites
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Analysis, Grid, Key, Masks, MeasuredValue, Measurement, NotMeasurable
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.pipelines.protocols.measuring import METHOD, measure_masks, on_masks
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement
from radcaliper.pipelines.review.protocol import Line, Points, ReviewProtocol


def edited_masks(analysis: Analysis, edits: Edits) -> Masks:
    """All masks of a film: the edited ones in place of the automatic ones."""
    return {**({} if analysis.prediction is None else analysis.prediction.masks), **edits.masks}


def value_or_refusal(measure: Callable[[], MeasuredValue]) -> MeasuredValue | NotMeasurable:
    """The value, or why there is none."""
    try:
        return measure()
    except NotMeasurable as refusal:
        return refusal


def measure_edited(
    specs: Iterable[MeasurementSpec], analysis: Analysis, edits: Edits, leave_out: Collection[Key] = ()
) -> MeasuredValues:
    """Those of the measurements on masks that rest on an edited one, but for those left out."""
    masks, grid = edited_masks(analysis, edits), analysis.radiograph.grid
    touched = {
        Key(spec.name, site, METHOD): (spec, site)
        for spec, site in with_sites(specs)
        if set(edits.masks) & set(spec.measured_on(site))
    }
    return {
        key: value_or_refusal(partial(measure_masks, *which, masks, grid))
        for key, which in touched.items()
        if key not in leave_out
    }


def rests_on(measurement: Measurement) -> tuple[str, ...]:
    """The structures that a measurement is made on."""
    return measurement.spec.measured_on(measurement.site)


def _landmarks(analysis: Analysis, edits: Edits) -> Points:
    return {name: landmark.point for name, landmark in analysis.landmarks.items()} | dict(edits.points)


def _lines(points: Points, measurements: Sequence[ReviewedMeasurement], _: Grid) -> tuple[Line, ...]:  # noqa: ARG001
    """What every measurement was made between, in the colour of the first structure that it rests on."""
    now = (each.now for each in measurements)
    return tuple(Line(each.points, rests_on(each)[0], each.spec.label) for each in now if each.points)


def mask_review(protocol: Protocol) -> ReviewProtocol:
    """How the films of a protocol are corrected that measures on masks alone."""
    specs = on_masks(protocol.measurements)
    return ReviewProtocol(
        measure=lambda analysis, edits: measure_edited(specs, analysis, edits),
        landmarks=_landmarks,
        lines=_lines,
        rests_on=rests_on,
        structures=tuple(spec.name for spec in protocol.structures),
    )
