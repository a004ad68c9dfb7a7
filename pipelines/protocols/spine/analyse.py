"""How a spine film is measured: the corners of its vertebrae, and from these every curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import starmap
from typing import Final

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_curves, measure_whole_spine, spine_curves
from radcaliper.measurements.spine.curves import curve_site
from radcaliper.measurements.spine.levels import with_levels
from radcaliper.measurements.spine.partial import is_partial, is_wholly_seen, seen_values
from radcaliper.measurements.types import (
    Finding,
    Grid,
    Key,
    Landmark,
    Masks,
    MeasuredValue,
    Measurement,
    NotMeasurable,
    Radiograph,
    Status,
    VertebraLevels,
)
from radcaliper.models.spine.predict import predict_spine
from radcaliper.pipelines.protocols.base import Examination, Steps
from radcaliper.pipelines.protocols.measuring import with_interval
from radcaliper.pipelines.protocols.spine import PROTOCOL
from radcaliper.pipelines.protocols.spine.hardware import HARDWARE, brightness_of_metal
from radcaliper.pipelines.protocols.spine.passes import (
    Spine,
    end_vertebra_unsure,
    end_vertebrae,
    locate,
    values_over_passes,
)
from radcaliper.pipelines.protocols.spine.squashed import unsquashed
from radcaliper.qc.gates.spine import DOUBTFUL, appears_inverted, level_findings, partial_findings, spine_findings
from radcaliper.qc.reasons import NOTES

METHODS: Final = ("vertebral_tilt", "endplates")
"""The methods that a curve's angle is measured by on a film."""


def _gate(examination: Examination[Spine]) -> tuple[Finding, ...]:
    spine = examination.geometry
    found = spine_findings(len(spine.names), spine.confidence, spine.pass_counts)
    if any(each.status is Status.REFUSED for each in found):
        return found
    found += level_findings(spine.levels.probability)
    if brightness_of_metal(examination.film, spine.corners) >= HARDWARE:
        found += (Finding("hardware", Status.REVIEW),)
    if is_partial(len(spine.names)):
        return *found, *partial_findings(_shows_whole_curve(spine, examination.film.grid))
    return found


def _shows_whole_curve(spine: Spine, grid: Grid) -> bool:
    """Whether a part of the spine shows a curve wholly."""
    try:
        curves = spine_curves(spine.corners, grid)
    except NotMeasurable:  # implausible corners: the refused angle says so
        return True
    return any(is_wholly_seen(curve, len(spine.names)) for curve in curves)


def _reasons(measured: MeasuredValue, spine: Spine) -> set[str]:
    """Why the ends of a curve should be looked at."""
    ends = end_vertebrae(measured)
    reasons = {"doubtful_vertebra"} if any(spine.confidence[end] < DOUBTFUL for end in ends) else set()
    if measured.spec is COBB_ANGLE and end_vertebra_unsure(measured, spine.passes):
        reasons.add("end_vertebra_unsure")
    return reasons


def _named(measured: MeasuredValue, levels: VertebraLevels) -> MeasuredValue:
    """The value of a curve with the levels of its vertebrae, and the probability that these are right."""
    if measured.spec is not COBB_ANGLE or not levels.names:
        return measured
    named = with_levels(measured, levels.names)
    return replace(named, details={**named.details, "level_probability": f"{levels.probability:.2f}"})


def _measure(examination: Examination[Spine]) -> tuple[Measurement, ...]:
    film, spine = examination.film, examination.geometry
    of_film = {finding.reason for finding in examination.findings} - NOTES

    def measurement(key: Key, measured: MeasuredValue | NotMeasurable) -> Measurement:
        if isinstance(measured, NotMeasurable):
            return Measurement.refused(PROTOCOL.measurement(key.measurement), key.site, key.method, measured.reason)
        values = values_over_passes(measured, spine.passes, film)
        named = _named(measured, spine.levels)
        return with_interval(named, values, of_film | _reasons(measured, spine), examination)

    try:
        curves = spine_curves(spine.corners, film.grid)
        values = measure_curves(spine.corners, spine.names, film.grid, curves)
        values += measure_whole_spine(spine.corners, spine.names, film.shape[0], film.grid)
    except NotMeasurable as refusal:
        return tuple(Measurement.refused(COBB_ANGLE, curve_site(1), method, refusal.reason) for method in METHODS)
    return tuple(starmap(measurement, seen_values(values, curves, len(spine.names)).items()))


def _landmarks(examination: Examination[Spine], _: tuple[Measurement, ...]) -> Mapping[str, Landmark]:
    return examination.prediction.landmarks


def _appears_inverted(film: Radiograph, masks: Masks) -> bool:
    return "spine" in masks and appears_inverted(film, masks["spine"])


STEPS: Final = Steps[Spine](
    predict=predict_spine,
    unsquashed=unsquashed,
    locate=locate,
    gate=_gate,
    measure=_measure,
    landmarks=_landmarks,
    appears_inverted=_appears_inverted,
)
