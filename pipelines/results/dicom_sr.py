"""Measurements as one DICOM structured report (TID 1500, Comprehensive SR) that refers to its film.

Every measurement has a group (TID 1501): its value with its unit, interval and points, or why there is none; the
predicted Dice of the masks that it rests on; its status and reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from typing import Final

import highdicom
import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    CoordinatesForMeasurement,
    FindingSite,
    GraphicTypeValues,
    MeasurementProperties,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    SourceImageForRegion,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from radcaliper.measurements.specs import PRIVATE_SCHEME, Code, MeasurementSpec, StructureSpec
from radcaliper.measurements.types import MaskQuality, Measurement, Point, Status, Unit
from radcaliper.pipelines.reading.header import value
from radcaliper.pipelines.results.dicom_codes import SIDES, UNITS, concept, private, private_scheme
from radcaliper.pipelines.results.dicom_source import UTF_8, encoding, uid_of

_SERIES_NUMBER: Final = 9002
_PIXEL_CENTRE: Final = 0.5
"""DICOM counts from the corner of the first pixel, the tables from its centre."""
_DIGITS: Final = 5
"""Those of the tables."""
_PREDICTED_DICE: Final = Code("predicted_dice", "Predicted Dice similarity coefficient", PRIVATE_SCHEME)
_NO_VALUE: Final = {Status.REFUSED: codes.DCM.MeasurementFailure, Status.ABSENT: codes.DCM.MeasurementNotAttempted}


@dataclass(frozen=True)
class Correction:
    """A value that a reviewer signed, with its unit."""

    value: float
    unit: Unit


@dataclass(frozen=True)
class Reported:
    """A measurement as a report tells it: the automatic one, and what a reviewer signed beside it."""

    measurement: Measurement
    correction: Correction | None = None


@dataclass(frozen=True)
class FilmReport:
    """All that a report of one film says.

    ``decision`` is a reviewer's, empty where none has signed; ``model`` names what measured it, with its version and
    the first digits of its weights' hash.
    """

    status: Status
    reasons: tuple[str, ...]
    decision: str
    model: str
    measurements: tuple[Reported, ...]
    qualities: Mapping[str, MaskQuality]
    structures: Sequence[StructureSpec]


def _site_of(structure: StructureSpec) -> FindingSite:
    return FindingSite(concept(structure.code), SIDES.get(structure.laterality))


def _sites(spec: MeasurementSpec, site: str, structures: Sequence[StructureSpec]) -> list[FindingSite]:
    if spec.region is not None:
        return [FindingSite(concept(spec.region), SIDES.get(site))]
    names = spec.measured_on(site)
    return [_site_of(structure) for structure in structures if any(map(structure.matches, names))]


def _coordinates(points: Sequence[Point], source: Dataset) -> list[CoordinatesForMeasurement]:
    if not points:
        return []
    places = np.array([(point.col, point.row) for point in points]) + _PIXEL_CENTRE
    kinds = {1: GraphicTypeValues.POINT, 2: GraphicTypeValues.POLYLINE}
    image = SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID)
    return [CoordinatesForMeasurement(kinds.get(len(points), GraphicTypeValues.MULTIPOINT), places, image)]


def _uncertainty(number: float, lower: float | None, upper: float | None, unit: CodedConcept) -> MeasurementProperties:
    """How far the interval reaches to either side, in the value's own unit."""
    properties = MeasurementProperties(
        upper_measurement_uncertainty=None if upper is None else round(upper - number, _DIGITS),
        lower_measurement_uncertainty=None if lower is None else round(number - lower, _DIGITS),
    )
    for item in properties:
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = [unit]
    return properties


def _algorithm(model: str) -> AlgorithmIdentification:
    parameters = ["uncertainties: the true value lies within them nine times in ten", *model.split()]
    return AlgorithmIdentification("radcaliper", version("radcaliper"), parameters)


def _number(
    measurement: Measurement, number: float, unit: Unit, sites: list[FindingSite], source: Dataset
) -> highdicom.sr.Measurement:
    """The automatic value."""
    return highdicom.sr.Measurement(
        name=concept(measurement.spec.code),
        value=float(number),
        unit=UNITS[unit],
        method=private(measurement.method),
        finding_sites=sites,
        properties=_uncertainty(number, measurement.lower, measurement.upper, UNITS[unit]),
        referenced_coordinates=_coordinates(measurement.points, source),
    )


def _corrected(measurement: Measurement, correction: Correction, sites: list[FindingSite]) -> highdicom.sr.Measurement:
    return highdicom.sr.Measurement(
        name=concept(measurement.spec.code),
        value=float(correction.value),
        unit=UNITS[correction.unit],
        finding_sites=sites,
        properties=MeasurementProperties(selection_status=codes.DCM.UserChosenValue),
    )


def _predicted_dice(quality: MaskQuality, structure: StructureSpec) -> Iterator[highdicom.sr.Measurement]:
    if quality.quality is None:
        return
    unit = UNITS[Unit.RATIO]
    yield highdicom.sr.Measurement(
        name=concept(_PREDICTED_DICE),
        value=float(quality.quality),
        unit=unit,
        finding_sites=[_site_of(structure)],
        properties=_uncertainty(quality.quality, quality.quality_lower, None, unit),
    )


def _qualities(spec: MeasurementSpec, site: str, report: FilmReport) -> Iterator[highdicom.sr.Measurement]:
    for name in spec.measured_on(site):
        for structure in report.structures:
            if structure.matches(name) and name in report.qualities:
                yield from _predicted_dice(report.qualities[name], structure)


def _judged(status: Status, reasons: Iterable[str]) -> list[QualitativeEvaluation]:
    return [
        QualitativeEvaluation(private("status"), private(status.value)),
        *(QualitativeEvaluation(private("reason"), private(reason)) for reason in reasons),
    ]


def _evaluations(reported: Reported) -> list[QualitativeEvaluation]:
    measurement = reported.measurement
    told = _judged(measurement.status, measurement.reasons)
    if measurement.status in _NO_VALUE:
        told.insert(0, QualitativeEvaluation(concept(measurement.spec.code), _NO_VALUE[measurement.status]))
    if measurement.reference_class:
        told.append(QualitativeEvaluation(private("reference_class"), private(measurement.reference_class)))
    return told


def _group(reported: Reported, report: FilmReport, source: Dataset) -> MeasurementsAndQualitativeEvaluations:
    measurement, spec = reported.measurement, reported.measurement.spec
    sites = _sites(spec, measurement.site, report.structures)
    numbers = []
    if measurement.value is not None and measurement.unit is not None:
        numbers.append(_number(measurement, measurement.value, measurement.unit, sites, source))
    if reported.correction is not None:
        numbers.append(_corrected(measurement, reported.correction, sites))
    name = "/".join(filter(None, measurement.key))
    return MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(uid_of("measurement", source.SOPInstanceUID, *measurement.key), name),
        algorithm_id=_algorithm(report.model),
        finding_sites=sites,
        measurements=[*numbers, *_qualities(spec, measurement.site, report)],
        qualitative_evaluations=_evaluations(reported),
    )


def _whole_film(report: FilmReport, source: Dataset) -> MeasurementsAndQualitativeEvaluations:
    told = _judged(report.status, report.reasons)
    if report.decision:
        told.append(QualitativeEvaluation(private("review"), private(report.decision)))
    return MeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(uid_of("film", source.SOPInstanceUID), "film"),
        algorithm_id=_algorithm(report.model),
        qualitative_evaluations=told,
    )


def _fits_a_library(source: Dataset) -> bool:
    """Whether the header tells all that an image library says of a film (TID 1603); the library is optional."""
    return len(value(source, "PatientOrientation") or ()) == 2 and value(source, "ImagerPixelSpacing") is not None


def _content(report: FilmReport, source: Dataset) -> MeasurementReport:
    device = highdicom.sr.DeviceObserverIdentifyingAttributes(
        uid_of("device"), name="radcaliper", manufacturer_name="radcaliper", model_name="radcaliper"
    )
    return MeasurementReport(
        ObservationContext(ObserverContext(codes.DCM.Device, device)),
        procedure_reported=codes.SCT.PlainRadiography,
        imaging_measurements=[
            _whole_film(report, source),
            *(_group(reported, report, source) for reported in report.measurements),
        ],
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=[source] if _fits_a_library(source) else None,
    )


def encoded_report(report: FilmReport, source: Dataset) -> bytes:
    """A film's measurements as a structured report, not verified and preliminary, of a film by its ``source_of``.

    Raises NotEncodable.
    """
    with encoding():
        document = highdicom.sr.ComprehensiveSR(
            evidence=[source],
            content=_content(report, source),
            series_instance_uid=uid_of("sr", source.SeriesInstanceUID),
            series_number=_SERIES_NUMBER,
            sop_instance_uid=uid_of("sr", source.SOPInstanceUID, version("radcaliper"), report),
            instance_number=1,
            manufacturer="radcaliper",
            manufacturer_model_name="radcaliper",
            software_versions=version("radcaliper"),
            device_serial_number="0",
            series_description="radcaliper: measurements",
            is_complete=True,
            specific_character_set=UTF_8,
            coding_schemes=[private_scheme()],
        )
        content = BytesIO()
        document.save_as(content)
    return content.getvalue()
