"""How a hip film is measured: both femora, and from the axes of each side its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from radcaliper.measurements.catalog import LEG_LENGTH_DIFFERENCE
from radcaliper.measurements.hip.axes import POINT_NAMES
from radcaliper.measurements.hip.measures import leg_length_difference
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Finding, Grid, Landmark, Masks, Measurement, Radiograph, Status
from radcaliper.models.hip.channels import SIDES
from radcaliper.models.hip.predict import predict_hips
from radcaliper.pipelines.protocols.base import Examination, Steps
from radcaliper.pipelines.protocols.hip.measurements import METHOD, SIDE_MEASUREMENTS
from radcaliper.pipelines.protocols.hip.sides import Hip, Hips, locate
from radcaliper.pipelines.protocols.measuring import with_interval
from radcaliper.qc.gates.hip import appears_inverted, shows_hip


def _appears_inverted(film: Radiograph, masks: Masks) -> bool:
    return appears_inverted(film, {f"{side}_femur": masks[f"{side}_femur"] for side in SIDES})


def _other_side_tagged(laterality: str, side: str) -> bool:
    """Whether the file says that the film is of the other side."""
    return laterality in ("R", "L") and not side.upper().startswith(laterality)


def _gate(examination: Examination[Hips]) -> tuple[Finding, ...]:
    """Whether there is a hip at all; what to look at on each side, and why a side cannot be measured."""
    hips = examination.geometry
    agreement = {side: examination.prediction.agreement[f"{side}_femur"] for side in SIDES}
    of_sides = [Finding(reason, Status.REFUSED, (side,)) for side, reason in hips.refused.items()]
    for side, hip in hips.measured.items():
        of_sides += [Finding(reason, Status.REVIEW, (side,)) for reason in hip.reasons]
    if len(hips.measured) == 1 and _other_side_tagged(examination.film.laterality, *hips.measured):
        of_sides.append(Finding("tag_contradicts_content", Status.REVIEW))
    no_hip = () if shows_hip(hips.measured, agreement) else (Finding("not_ap_hip", Status.REFUSED),)
    return (*no_hip, *of_sides)


def _measure_side(spec: MeasurementSpec, side: str, examination: Examination[Hips]) -> Measurement:
    film, hips = examination.film, examination.geometry
    if side in hips.refused:
        return Measurement.refused(spec, side, METHOD, hips.refused[side])
    hip = hips.measured[side]
    values = [spec.measure(axes, film.grid, side).value for axes in hip.plausible]
    return with_interval(spec.measure(hip.axes, film.grid, side), values, set(hip.reasons), examination)


def leg_length_values(right: Hip, left: Hip, grid: Grid) -> list[float]:
    """The leg length difference in each pair of passes of both sides."""
    pairs = zip(right.of_passes, left.of_passes, strict=False)
    return [leg_length_difference(*pair, grid).value for pair in pairs]


def _leg_length(examination: Examination[Hips]) -> Measurement:
    grid, hips = examination.film.grid, examination.geometry.measured
    if len(hips) < len(SIDES):
        return Measurement.refused(LEG_LENGTH_DIFFERENCE, "", METHOD, "missing_structure")
    right, left = (hips[side] for side in SIDES)
    measured = leg_length_difference(right.axes, left.axes, grid)
    values = leg_length_values(right, left, grid)
    return with_interval(measured, values, set(right.reasons | left.reasons), examination)


def _measure(examination: Examination[Hips]) -> tuple[Measurement, ...]:
    of_sides = [_measure_side(spec, side, examination) for spec in SIDE_MEASUREMENTS for side in SIDES]
    return (*of_sides, _leg_length(examination))


def _landmarks(examination: Examination[Hips], _: tuple[Measurement, ...]) -> Mapping[str, Landmark]:
    grid, agreement = examination.film.grid, examination.prediction.agreement
    return {
        f"{side}_{name}": Landmark(point, agreement[f"{side}_femur"])
        for side, hip in examination.geometry.measured.items()
        for name, point in zip(POINT_NAMES, hip.axes.points(grid), strict=True)
    }


def _vital(examination: Examination[Hips]) -> set[str]:
    """The femora that were measured."""
    return {f"{side}_femur" for side in examination.geometry.measured}


STEPS: Final = Steps[Hips](
    predict=predict_hips,
    locate=locate,
    gate=_gate,
    measure=_measure,
    landmarks=_landmarks,
    appears_inverted=_appears_inverted,
    vital=_vital,
)
