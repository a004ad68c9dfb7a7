"""The hip protocol: femora, neck-shaft angles, head diameters and offsets on AP films of the pelvis or of one hip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from radcaliper.measurements.ccd.axes import FemurAxes
from radcaliper.measurements.ccd.from_parts import axes_from_parts
from radcaliper.measurements.ccd.measures import HIP_MEASURES, leg_length_difference
from radcaliper.measurements.references import reference_class
from radcaliper.measurements.types import (
    Analysis,
    Finding,
    Landmark,
    MaskQuality,
    Measurement,
    NotMeasurable,
    Radiograph,
    Reading,
    Segmentation,
    Status,
    Variants,
)
from radcaliper.models.hip import BUNDLE, HipLook, look_at_hips
from radcaliper.models.hip_parts import PROSTHESIS, SIDES
from radcaliper.models.registry import BUNDLES
from radcaliper.qc.film_gate import film_findings
from radcaliper.qc.hip_gate import hip_findings, is_turned, refuse_implausible, refuse_metal
from radcaliper.qc.intervals import interval
from radcaliper.qc.mask_quality import mask_quality
from radcaliper.qc.reasons import worst_first

_PLACES: Final = ("femoral_head_center", "neck_center", "shaft_upper", "shaft_lower")
_LEAST_VIEWS: Final = 3
"""Of the four views, that must allow a side to be measured; else it is left for a person to review."""


@dataclass(frozen=True)
class Hip:
    """One side as it was read: its axes in the film's unit of length, the views' axes, and what to look at."""

    axes: FemurAxes
    views: tuple[FemurAxes, ...]
    reasons: frozenset[str]


def _view_axes(look: HipLook) -> tuple[FemurAxes, ...]:
    """The axes in each of the views that allows them, in the film's coordinates."""
    grid = look.film.grid
    step = grid.coarser(look.segmentation.variants.step)
    found = []
    for masks in look.segmentation.variants.masks:
        try:
            axes = axes_from_parts(masks, step, look.side)
        except NotMeasurable:  # this view has no answer; how many have one is judged by the caller
            continue
        found.append(axes.shifted(look.variant_shift * [grid.row, grid.col]))
    return tuple(found)


def _read(look: HipLook) -> Hip:
    """The axes of one side; NotMeasurable with its reason."""
    grid, masks = look.film.grid, look.segmentation.masks
    axes = axes_from_parts(masks, grid, look.side)
    refuse_metal(masks[PROSTHESIS], masks[f"{look.side}_femur"], axes.radius / float(np.sqrt(grid.row * grid.col)))
    refuse_implausible(axes, look.side)
    views = _view_axes(look)
    reasons = {"wide_interval"} if len(views) < _LEAST_VIEWS else set()
    if is_turned(axes):
        reasons.add("hip_turned")
    return Hip(axes.shifted(np.array([look.top * grid.row, look.left * grid.col])), views, frozenset(reasons))


def _unseen(side: str, first: Segmentation) -> str:
    """Why a side was not looked at closely."""
    femur = first.masks[f"{side}_femur"]
    if not femur.any():
        return "structure_not_seen"
    return "prosthesis" if (femur & first.masks[PROSTHESIS]).any() else "no_femoral_head"


def _read_all(first: Segmentation, looks: dict[str, HipLook]) -> tuple[dict[str, Hip], dict[str, str]]:
    """The sides that could be read, and for the others the reason."""
    hips, refused = {}, {}
    for side in SIDES:
        try:
            if side not in looks:
                raise NotMeasurable(_unseen(side, first))
            hips[side] = _read(looks[side])
        except NotMeasurable as refusal:
            refused[side] = refusal.reason
    return hips, refused


def _segmentation(film: Radiograph, first: Segmentation, looks: dict[str, HipLook]) -> Segmentation:
    """Both femora at the film's size, from the closer look where there is one."""
    closer = {side: looks[side].segmentation if side in looks else first for side in SIDES}
    names = {side: f"{side}_femur" for side in SIDES}
    return Segmentation(
        {
            name: looks[side].on_film(name, film.shape) if side in looks else first.masks[name]
            for side, name in names.items()
        },
        Variants(1.0),
        agreement={name: closer[side].agreement[name] for side, name in names.items()},
        margin={name: closer[side].margin[name] for side, name in names.items()},
    )


def _number(reading: Reading, values: Sequence[float], reasons: frozenset[str], view: str) -> Measurement:
    lower, upper = interval(reading.measurement, reading.value, values, reading.unit)
    return Measurement(
        reading.measurement,
        reading.site,
        reading.method,
        Status.REVIEW if reasons else Status.OK,
        reading.value,
        reading.unit,
        lower,
        upper,
        reference_class(reading, view),
        worst_first(set(reasons)),
        reading.points,
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
            values = [measure(axes, film.grid, side).value for axes in hip.views]
            rows.append(_number(measure(hip.axes, film.grid, side), values, hip.reasons, film.view))
    return (*rows, _leg_length(film, hips))


def _leg_length(film: Radiograph, hips: dict[str, Hip]) -> Measurement:
    if len(hips) < len(SIDES):
        return _refusal("leg_length_difference", "", "missing_structure")
    right, left = (hips[side] for side in SIDES)
    pairs = zip(right.views, left.views, strict=False)
    values = [leg_length_difference(a, b, film.grid).value for a, b in pairs]
    reading = leg_length_difference(right.axes, left.axes, film.grid)
    return _number(reading, values, right.reasons | left.reasons, film.view)


def _landmarks(film: Radiograph, hips: dict[str, Hip], segmentation: Segmentation) -> dict[str, Landmark]:
    return {
        f"{side}_{place}": Landmark(point, segmentation.agreement[f"{side}_femur"])
        for side, hip in hips.items()
        for place, point in zip(_PLACES, hip.axes.points(film.grid), strict=True)
    }


def _refused(image: str, film: Radiograph, findings: tuple[Finding, ...]) -> Analysis:
    reasons = worst_first({finding.reason for finding in findings})
    return Analysis(image, film, "hip", BUNDLES[BUNDLE].identity, Status.REFUSED, reasons)


def _film_verdict(qualities: tuple[MaskQuality, ...], hips: dict[str, Hip], findings: tuple[Finding, ...]) -> set[str]:
    """Why the film should be looked at: what the gate found, and doubtful femora among those that were measured."""
    reasons = {finding.reason for finding in findings}
    measured = {f"{side}_femur" for side in hips}
    if any(q.structure in measured and q.status is not Status.OK for q in qualities):
        reasons.add("low_quality")
    return reasons


def analyse(image: str, film: Radiograph) -> Analysis:
    """Measure an AP film of the pelvis or of one hip; anything else is refused with its reason."""
    if blank := film_findings(film):
        return _refused(image, film, blank)
    first, looks = look_at_hips(film)
    hips, refused = _read_all(first, looks)
    segmentation = _segmentation(film, first, looks)
    agreement = {side: segmentation.agreement[f"{side}_femur"] for side in SIDES}
    findings = hip_findings(film, {side: hip.axes for side, hip in hips.items()}, agreement)
    if any(finding.status is Status.REFUSED for finding in findings):
        reasons = {"prosthesis"} & set(refused.values())
        return replace(_refused(image, film, findings), reasons=worst_first(reasons | {"not_ap_hip"}))
    qualities = tuple(mask_quality(name, segmentation, film.spacing) for name in segmentation.masks)
    reasons = worst_first(_film_verdict(qualities, hips, findings))
    return Analysis(
        image,
        film,
        "hip",
        BUNDLES[BUNDLE].identity,
        Status.REVIEW if reasons else Status.OK,
        reasons,
        segmentation,
        qualities,
        _measurements(film, hips, refused),
        _landmarks(film, hips, segmentation),
    )
