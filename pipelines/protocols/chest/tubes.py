"""The tubes and lines of a chest film: what is there, where its tip is, how far that is from where it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from radcaliper.measurements.chest import find_carina
from radcaliper.measurements.tubes import TUBE_MEASURES, TubeMeasure
from radcaliper.measurements.tubes.course import Course
from radcaliper.measurements.types import (
    Landmark,
    MaskQuality,
    Masks,
    Measurement,
    NotMeasurable,
    Point,
    Radiograph,
    Reading,
    Segmentation,
    Status,
)
from radcaliper.models.tubes.channels import TUBES
from radcaliper.models.tubes.predict import Tube, TubeLook, look_for_tubes
from radcaliper.pipelines.protocols.measuring import with_interval
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

PRESENT: Final = 0.5
_SURE: Final = 0.8
_TIP_SEEN: Final = 0.35
_USUAL_ERROR: Final = 4.0
"""Pixels of the maps, some 6 mm, by which a tip or a carina is usually off: looks that agree are no surer than that."""


@dataclass(frozen=True)
class TubeReport:
    """What a film's tubes add to its analysis."""

    segmentation: Segmentation
    qualities: tuple[MaskQuality, ...]
    measurements: tuple[Measurement, ...]
    landmarks: dict[str, Landmark]


def carina_of(look: TubeLook, masks: Masks) -> Landmark | None:
    """Where the closer look saw the carina; else where the airways' mask forks; else None."""
    if look.carina is not None:
        return look.carina
    with suppress(NotMeasurable):  # it was seen by neither: the distances say so
        return Landmark(find_carina(masks["airways"]), 0.25)
    return None


def _present(look: TubeLook, kind: str) -> tuple[Tube, ...]:
    return tuple(tube for tube in look.tubes if tube.kind == kind and tube.presence >= PRESENT)


def _named(look: TubeLook) -> Iterator[tuple[str, Tube]]:
    """The tubes that are there; a second one of a kind is numbered."""
    for kind in TUBES:
        for number, tube in enumerate(_present(look, kind), start=1):
            yield kind if number == 1 else f"{kind}_{number}", tube


def _seen_with_tubes(segmentation: Segmentation, look: TubeLook) -> Segmentation:
    """The chest's segmentation with the masks and courses of the tubes that are there."""
    masks, courses = dict(segmentation.masks), {}
    agreement, margin = dict(segmentation.agreement), dict(segmentation.margin)
    presence = {}
    for kind in TUBES:
        presence[kind] = max((tube.presence for tube in look.tubes if tube.kind == kind), default=0.0)
    for name, tube in _named(look):
        masks[tube.kind] = masks[tube.kind] | tube.mask if tube.kind in masks else tube.mask
        agreement.setdefault(tube.kind, tube.agreement)
        margin.setdefault(tube.kind, tube.certainty)
        courses[name] = tuple(Point(float(row), float(col)) for row, col in tube.path)
    return replace(segmentation, masks=masks, agreement=agreement, margin=margin, presence=presence, courses=courses)


def _qualities(segmentation: Segmentation, film: Radiograph, rules: StatusRules) -> tuple[MaskQuality, ...]:
    """A row for each tube: absent, or there; a poor mask or a line hardly seen asks for a review."""
    masks = {kind: segmentation.masks[kind] for kind in TUBES if kind in segmentation.masks}
    seen = {each.structure: each for each in mask_qualities(replace(segmentation, masks=masks), film.spacing, rules)}
    return tuple(_quality(kind, segmentation.presence[kind], seen.get(kind)) for kind in TUBES)


def _quality(kind: str, presence: float, seen: MaskQuality | None) -> MaskQuality:
    if seen is None:
        return MaskQuality(kind, Status.ABSENT, None, None, None, None, presence)
    reasons = {*seen.reasons} if presence >= _SURE else {*seen.reasons, "doubtful_tube"}
    return replace(
        seen, status=Status.REVIEW if reasons else Status.OK, presence=presence, reasons=worst_first(reasons)
    )


def _ended_at(course: Course, tip: Point) -> Course:
    return np.concatenate([course[:-1], np.array(tip)[None]])


def plausible_values(
    read: Callable[[Course, Point | None], Reading], tube: Tube, carina: Point | None, look: TubeLook
) -> list[float]:
    """The number with the tip and carina of each look by itself, and with the tip moved by the usual error."""
    pairs = [(tip, carina) for tip in tube.other_tips]
    pairs += [(tube.tip, other) for other in look.other_carinas] if carina is not None else []
    off = _USUAL_ERROR * look.step
    pairs += [(Point(tube.tip.row + shift, tube.tip.col), carina) for shift in (-off, off)]
    return [read(_ended_at(tube.path, tip), place).value for tip, place in pairs]


def _measure(
    measure: TubeMeasure, film: Radiograph, masks: Masks, look: TubeLook, carina: Landmark | None
) -> Measurement:
    refused = partial(Measurement, measure.name, "", "course", Status.REFUSED)
    tubes = _present(look, measure.tube)
    if not tubes:
        return refused(reasons=(f"{measure.tube}_absent",))
    tube = tubes[0]
    if tube.leaves or tube.cut:
        return refused(reasons=("tip_outside_film" if tube.leaves else "tip_not_seen",))
    place = None if carina is None else carina.point

    def read(course: Course, at: Point | None) -> Reading:
        return measure.function(course, at, masks, film.grid)

    try:
        reading = read(tube.path, place)
    except NotMeasurable as refusal:
        return refused(reasons=(refusal.reason,))
    reasons = {"doubtful_tube"} if tube.presence < _SURE else set()
    if tube.tip_heat < _TIP_SEEN:
        reasons.add("tip_unsure")
    return with_interval(reading, plausible_values(read, tube, place, look), reasons, film.view)


def _landmarks(look: TubeLook, carina: Landmark | None) -> dict[str, Landmark]:
    found = {} if carina is None else {"carina": carina}
    for name, tube in _named(look):
        if not (tube.leaves or tube.cut):
            found[f"{name}_tip"] = Landmark(tube.tip, tube.tip_heat)
    return found


def report_tubes(film: Radiograph, segmentation: Segmentation, rules: StatusRules = DEFAULT_RULES) -> TubeReport:
    """Look for tubes on a film whose chest was segmented, and measure those that are there."""
    look = look_for_tubes(film, segmentation.masks)
    return report_of(look, film, segmentation, rules)


def report_of(
    look: TubeLook, film: Radiograph, segmentation: Segmentation, rules: StatusRules = DEFAULT_RULES
) -> TubeReport:
    """What a closer look at the film says of its tubes."""
    carina = carina_of(look, segmentation.masks)
    seen = _seen_with_tubes(segmentation, look)
    return TubeReport(
        seen,
        _qualities(seen, film, rules),
        rules.of_numbers(_measure(each, film, segmentation.masks, look, carina) for each in TUBE_MEASURES),
        _landmarks(look, carina),
    )
