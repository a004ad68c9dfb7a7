"""The hip protocol: femora, neck-shaft angles, head diameters and offsets on AP films of the pelvis or of one hip."""

from __future__ import annotations

from radcaliper.measurements.hip.axes import POINT_NAMES
from radcaliper.measurements.hip.measures import HIP_MEASURES, leg_length_difference
from radcaliper.measurements.types import (
    Analysis,
    Finding,
    Grid,
    Landmark,
    MaskQuality,
    Measurement,
    Radiograph,
    Segmentation,
    Status,
    Variants,
)
from radcaliper.models.hip.channels import SIDES
from radcaliper.models.hip.predict import BUNDLE
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.hip.sides import Hip, HipsReading, read_hips
from radcaliper.pipelines.protocols.measuring import with_interval
from radcaliper.qc.gates.film import film_findings
from radcaliper.qc.gates.hip import appears_inverted, hip_findings
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules, reasons_of_vital


def _segmentation(reading: HipsReading) -> Segmentation:
    """Both femora at the film's size, from the closer look where there is one."""
    first, looks = reading.first, reading.looks
    closer = {side: looks[side].segmentation if side in looks else first for side in SIDES}
    names = {side: f"{side}_femur" for side in SIDES}
    return Segmentation(
        {
            name: looks[side].over(first.masks[name], name) if side in looks else first.masks[name]
            for side, name in names.items()
        },
        Variants(1.0),
        agreement={name: closer[side].agreement[name] for side, name in names.items()},
        margin={name: closer[side].margin[name] for side, name in names.items()},
    )


def _refusal(name: str, site: str, reason: str) -> Measurement:
    return Measurement(name, site, "mask", Status.REFUSED, reasons=(reason,))


def _measurements(film: Radiograph, hips: dict[str, Hip], refused: dict[str, str]) -> tuple[Measurement, ...]:
    rows = []
    for name, measure in HIP_MEASURES.items():
        for side in SIDES:
            if side in refused:
                rows.append(_refusal(name, side, refused[side]))
                continue
            hip = hips[side]
            values = [measure(axes, film.grid, side).value for axes in hip.plausible]
            rows.append(with_interval(measure(hip.axes, film.grid, side), values, set(hip.reasons), film.view))
    return (*rows, _leg_length(film, hips))


def leg_length_values(hips: dict[str, Hip], grid: Grid) -> list[float]:
    """The leg length difference in each pair of views of both sides."""
    pairs = zip(hips["right"].views, hips["left"].views, strict=False)
    return [leg_length_difference(right, left, grid).value for right, left in pairs]


def _leg_length(film: Radiograph, hips: dict[str, Hip]) -> Measurement:
    if len(hips) < len(SIDES):
        return _refusal("leg_length_difference", "", "missing_structure")
    right, left = (hips[side] for side in SIDES)
    reading = leg_length_difference(right.axes, left.axes, film.grid)
    return with_interval(reading, leg_length_values(hips, film.grid), set(right.reasons | left.reasons), film.view)


def _landmarks(film: Radiograph, hips: dict[str, Hip], segmentation: Segmentation) -> dict[str, Landmark]:
    return {
        f"{side}_{place}": Landmark(point, segmentation.agreement[f"{side}_femur"])
        for side, hip in hips.items()
        for place, point in zip(POINT_NAMES, hip.axes.points(film.grid), strict=True)
    }


def _refused(image: str, film: Radiograph, reasons: set[str]) -> Analysis:
    return Analysis(image, film, "hip", BUNDLES[BUNDLE].identity, Status.REFUSED, worst_first(reasons))


def _film_verdict(qualities: tuple[MaskQuality, ...], hips: dict[str, Hip], findings: tuple[Finding, ...]) -> set[str]:
    """Why the film should be looked at: what the gate and each side's reading found, and doubtful measured femora."""
    reasons = {finding.reason for finding in findings}.union(*(hip.reasons for hip in hips.values()))
    return reasons | reasons_of_vital(qualities, tuple(f"{side}_femur" for side in hips))


def _read_bone_bright(film: Radiograph) -> tuple[Radiograph, HipsReading, Segmentation]:
    """Read the hips; a film whose femora are darker than their surroundings is turned bright and read again."""
    reading = read_hips(film)
    segmentation = _segmentation(reading)
    if not appears_inverted(film, segmentation.masks):
        return film, reading, segmentation
    turned = film.inverted()
    reading = read_hips(turned)
    return turned, reading, _segmentation(reading)


def analyse(image: str, film: Radiograph, rules: StatusRules = DEFAULT_RULES) -> Analysis:
    """Measure an AP film of the pelvis or of one hip; anything else is refused with its reason."""
    if blank := film_findings(film):
        return _refused(image, film, {finding.reason for finding in blank})
    film, reading, segmentation = _read_bone_bright(film)
    hips, refused = reading.hips, reading.refused
    agreement = {side: segmentation.agreement[f"{side}_femur"] for side in SIDES}
    findings = hip_findings(film, {side: hip.axes for side, hip in hips.items()}, agreement)
    if any(finding.status is Status.REFUSED for finding in findings):
        return _refused(image, film, {finding.reason for finding in findings} | set(refused.values()))
    qualities = mask_qualities(segmentation, film.spacing, rules)
    reasons = worst_first(rules.counted(_film_verdict(qualities, hips, findings)))
    return Analysis(
        image,
        film,
        "hip",
        BUNDLES[BUNDLE].identity,
        Status.REVIEW if reasons else Status.OK,
        reasons,
        segmentation,
        qualities,
        rules.of_numbers(_measurements(film, hips, refused)),
        _landmarks(film, hips, segmentation),
    )
