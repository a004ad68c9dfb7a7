"""The chest protocol: lungs, heart, clavicles, mediastinum, airways, spine and tubes on frontal films."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import (
    Analysis,
    Finding,
    Landmark,
    MaskQuality,
    Measurement,
    Radiograph,
    Segmentation,
    Status,
)
from radcaliper.models.inference.segment import segment
from radcaliper.models.registry import BUNDLES
from radcaliper.models.tubes.predict import BUNDLE as TUBE_BUNDLE
from radcaliper.pipelines.protocols.chest.tubes import report_tubes
from radcaliper.pipelines.protocols.measuring import measure_all
from radcaliper.qc.gates.chest import VITAL, appears_inverted, chest_findings
from radcaliper.qc.gates.film import film_findings
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules, reasons_of_vital

BUNDLE: Final = "chest_anatomy"
_CTR_POINTS: Final = ("heart_right", "heart_left", "thorax_right", "thorax_left")


def segment_bone_bright(
    film: Radiograph, see: Callable[[Radiograph], Segmentation] | None = None
) -> tuple[Radiograph, Segmentation]:
    """Segment; a film whose lungs are brighter than its middle is turned bright and segmented again.

    ``see`` is another eye than the shipped network's.
    """
    see = see or partial(segment, bundle=BUNDLE)
    segmentation = see(film)
    if not appears_inverted(film, segmentation.masks):
        return film, segmentation
    turned = film.inverted()
    return turned, see(turned)


def _landmarks(segmentation: Segmentation, measurements: tuple[Measurement, ...]) -> dict[str, Landmark]:
    found = {}
    ratio = next(m for m in measurements if m.measurement == "cardiothoracic_ratio")
    for name, point in zip(_CTR_POINTS, ratio.points, strict=False):
        structure = "heart" if name.startswith("heart") else name.replace("thorax_", "") + "_lung"
        found[name] = Landmark(point, segmentation.agreement[structure])
    return found


def _model() -> str:
    return " ".join(BUNDLES[name].identity for name in (BUNDLE, TUBE_BUNDLE))


def _refused(image: str, film: Radiograph, findings: tuple[Finding, ...]) -> Analysis:
    reasons = worst_first({finding.reason for finding in findings})
    return Analysis(image, film, "chest", _model(), Status.REFUSED, reasons)


def _film_verdict(qualities: tuple[MaskQuality, ...], findings: tuple[Finding, ...]) -> set[str]:
    """Why the film should be looked at: what the gates found, and doubtful lungs or heart."""
    return {finding.reason for finding in findings} | reasons_of_vital(qualities, VITAL)


def _rotation_ratio(measurements: tuple[Measurement, ...]) -> float | None:
    return next((m.value for m in measurements if m.measurement == "rotation_ratio"), None)


def analyse(image: str, film: Radiograph, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """Measure a frontal chest film; anything else is refused with its reason."""
    if blank := film_findings(film):
        return _refused(image, film, blank)
    film, segmentation = segment_bone_bright(film)
    qualities = mask_qualities(segmentation, film.spacing, rules)
    rotation = measure_all([m for m in CHEST_MEASURES if m.name == "rotation_ratio"], film, segmentation, qualities, ())
    findings = chest_findings(film, segmentation, _rotation_ratio(rotation))
    if any(finding.status is Status.REFUSED for finding in findings):
        return _refused(image, film, findings)
    measurements = rules.of_numbers(measure_all(CHEST_MEASURES, film, segmentation, qualities, findings))
    tubes = report_tubes(film, segmentation, rules)
    reasons = worst_first(rules.counted(_film_verdict(qualities, findings)))
    return Analysis(
        image,
        film,
        "chest",
        _model(),
        Status.REVIEW if reasons else Status.OK,
        reasons,
        tubes.segmentation,
        qualities + tubes.qualities,
        measurements + tubes.measurements,
        _landmarks(segmentation, measurements) | tubes.landmarks,
    )
