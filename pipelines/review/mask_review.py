"""The review of films that are measured on masks alone: measurements on an edited mask are made again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from radcaliper.measurements.catalog import with_sites
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Analysis, Grid, Key, Measurement
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.pipelines.protocols.geometry import value_or_refusal
from radcaliper.pipelines.protocols.measuring import METHOD, measure_masks, on_masks
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.measurements import MeasuredValues, ReviewedMeasurement
from radcaliper.pipelines.review.protocol import LandmarkPoints, MeasuredLine, ReviewProtocol, edited_masks


def measure_edited_masks(
    specs: Iterable[MeasurementSpec], analysis: Analysis, edits: Edits, leave_out: Collection[Key] = ()
) -> MeasuredValues:
    """The measurements that are made on an edited mask, without those to leave out."""
    masks, grid = edited_masks(analysis, edits), analysis.radiograph.grid
    touched = {
        Key(spec.name, site, METHOD): (spec, site)
        for spec, site in with_sites(specs)
        if set(edits.masks) & set(spec.measured_on(site))
    }
    return {
        key: value_or_refusal(partial(measure_masks, spec, site, masks, grid))
        for key, (spec, site) in touched.items()
        if key not in leave_out
    }


def measured_on(measurement: Measurement) -> tuple[str, ...]:
    """The structures that a measurement is made on."""
    return measurement.spec.measured_on(measurement.site)


def _landmarks(analysis: Analysis, edits: Edits) -> LandmarkPoints:
    return edits.landmarks({name: landmark.point for name, landmark in analysis.landmarks.items()})


def _lines(
    points: LandmarkPoints,  # noqa: ARG001
    measurements: Sequence[ReviewedMeasurement],
    _: Grid,
) -> tuple[MeasuredLine, ...]:
    """One line through the points of each measurement, in the colour of its first structure."""
    now = (each.now for each in measurements)
    return tuple(
        MeasuredLine(each.points, measured_on(each)[0], each.spec.label, status=each.status)
        for each in now
        if each.points
    )


def mask_review(protocol: Protocol) -> ReviewProtocol:
    """The review of a protocol that measures on masks alone."""
    specs = on_masks(protocol.measurements)

    def measure(analysis: Analysis, edits: Edits) -> MeasuredValues:
        return measure_edited_masks(specs, analysis, edits)

    return ReviewProtocol(
        measure=measure,
        landmarks=_landmarks,
        lines=_lines,
        measured_on=measured_on,
        structures=tuple(spec.name for spec in protocol.structures),
    )
