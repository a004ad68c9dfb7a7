"""What bundles of the user's own find on a film: masks with their qualities, and the area of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from radcaliper.measurements.own import own_area, own_structure
from radcaliper.measurements.types import Analysis, Prediction, Radiograph, Status
from radcaliper.models.inference.segment import segment
from radcaliper.models.registry import BrokenBundle
from radcaliper.pipelines.protocols.base import Examination, joined
from radcaliper.pipelines.protocols.measuring import measure_on_masks
from radcaliper.pipelines.protocols.own import PROTOCOL
from radcaliper.pipelines.protocols.own.bundle import OwnBundle
from radcaliper.pipelines.protocols.registry import analyse
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.status_rules import StatusRules

_UNKNOWN: tuple[str, ...] = ("no_protocol",)
"""The reasons of a film that no protocol measures, and that nothing else is wrong with."""


def own_examination(bundle: OwnBundle, film: Radiograph, rules: StatusRules) -> Examination[None]:
    """What a bundle of the user's own sees on a film. Raises BrokenBundle."""
    prediction = segment(film, bundle.folder)
    rules = replace(rules, calibration=bundle.calibration.updated(rules.calibration))
    specs = [own_structure(name, bundle.protocol) for name in bundle.structures]
    try:
        qualities = mask_qualities(prediction, specs, film.spacing, rules)
    except KeyError as error:
        raise BrokenBundle(f"{bundle.folder} was calibrated by another version: train it again") from error
    return Examination(film, prediction, None, qualities, calibration=rules.calibration)


def _with_bundle(analysis: Analysis, bundle: OwnBundle, rules: StatusRules) -> Analysis:
    examination = own_examination(bundle, analysis.radiograph, rules)
    areas = [own_area(name, analysis.protocol) for name in bundle.structures]
    return replace(
        analysis,
        model=f"{analysis.model} {bundle.identity}".lstrip(),
        prediction=joined(analysis.prediction or Prediction(), bundle.identity, examination.prediction),
        qualities=(*analysis.qualities, *examination.qualities),
        measurements=(*analysis.measurements, *rules.of_measurements(measure_on_masks(areas, examination))),
    )


def _of_own_kind(analysis: Analysis, bundles: Sequence[OwnBundle]) -> Analysis:
    """A film that no protocol measures, as one of the user's own kind if a bundle is for such films."""
    if analysis.reasons != _UNKNOWN or all(bundle.protocol for bundle in bundles):
        return analysis
    return replace(analysis, protocol=PROTOCOL.name, status=Status.OK, reasons=())


def _judged(analysis: Analysis) -> Analysis:
    """A film of the user's own kind is as good as its masks."""
    reasons = worst_first({reason for each in analysis.qualities for reason in each.reasons})
    return replace(analysis, status=Status.REVIEW if reasons else Status.OK, reasons=reasons)


def analyse_with_own(
    image: str, film: Radiograph, protocol: str, rules: StatusRules, bundles: Sequence[OwnBundle]
) -> Analysis:
    """Measure a film as ``analyse`` does, and find on it what bundles of the user's own know.

    A bundle is asked about films of its protocol that are not refused; one without a protocol about every film, also
    about those that no protocol measures. Own structures do not change the status of a film that a protocol measured.
    Raises BrokenBundle.
    """
    analysis = _of_own_kind(analyse(image, film, protocol, rules), bundles)
    if analysis.status is Status.REFUSED:
        return analysis
    for bundle in bundles:
        if bundle.protocol in ("", analysis.protocol):
            analysis = _with_bundle(analysis, bundle, rules)
    return _judged(analysis) if analysis.protocol == PROTOCOL.name else analysis
