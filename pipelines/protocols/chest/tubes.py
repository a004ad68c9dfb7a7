"""The tubes and lines of a chest film: how far each tip is from where it should be."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import numpy as np

from radcaliper.measurements.catalog import measurements_of
from radcaliper.measurements.chest.airway import find_fork
from radcaliper.measurements.region import regions_of, structure
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.tubes import tracheal_width
from radcaliper.measurements.tubes.course import CoursePath
from radcaliper.measurements.types import (
    Course,
    Grid,
    Landmark,
    Measurement,
    NotMeasurable,
    Point,
    Prediction,
)
from radcaliper.pipelines.protocols.base import Examination
from radcaliper.pipelines.protocols.measuring import review_reasons, unusable_masks
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.tube_intervals import tube_interval

METHOD: Final = "course"
TUBE_MEASUREMENTS: Final = tuple(spec for spec in measurements_of("chest") if METHOD in spec.methods)
CLOSER: Final = "tubes"
"""The name of the closer look at the mediastinum."""
_SURE: Final = 0.8
_TIP_SEEN: Final = 0.35
_USUAL_SHARE: Final = 0.062
"""The trachea's usual width, some 18 mm, as a share of the thorax's inner width."""


def tube_of(spec: MeasurementSpec) -> str:
    """The kind of tube that a measurement is of."""
    (tube,) = spec.structures
    return tube


def carina_of(prediction: Prediction) -> Landmark | None:
    """Where the closer look saw the carina; else where the airways' mask forks; else None."""
    seen = prediction.closer[CLOSER].landmarks.get("carina")
    if seen is not None:
        return seen
    with suppress(NotMeasurable):  # it was seen by neither: the distances say so
        return Landmark(find_fork(structure(prediction.masks, "airways")).carina, 0.25)
    return None


def _places(course: Course) -> CoursePath:
    return np.array(course.points, dtype=np.float64)


def trachea_width(prediction: Prediction, carina: Point) -> float:
    """The trachea's width in pixels; where too little of it is seen, its usual share of the thorax's width."""
    with suppress(NotMeasurable):
        return tracheal_width(prediction.masks.get("airways"), carina, Grid())
    right, left = (regions_of(prediction.masks)[name] for name in ("right_lung", "left_lung"))
    return _USUAL_SHARE * right.extent.joined(left.extent).cols


def _measure(spec: MeasurementSpec, examination: Examination[None], carina: Landmark | None) -> Measurement:
    film, prediction, tube = examination.film, examination.prediction, tube_of(spec)
    seen = prediction.closer[CLOSER]
    course = seen.courses.get(tube)
    if course is None:
        return Measurement.absent(spec, "", METHOD, f"{tube}_absent")
    if not course.shows_tip:
        return Measurement.refused(spec, "", METHOD, "tip_outside_film" if course.leaves_film else "tip_not_seen")
    if unusable := unusable_masks(spec, "", examination):
        return Measurement.refused(spec, "", METHOD, *worst_first(unusable))
    place = None if carina is None else carina.point
    try:
        measured = spec.measure(_places(course), place, prediction.masks, film.grid)
    except NotMeasurable as refusal:
        return Measurement.refused(spec, "", METHOD, refusal.reason)
    reasons = review_reasons(spec, "", examination)
    if course.presence < _SURE:
        reasons.add("doubtful_tube")
    if seen.landmarks[f"{tube}_tip"].confidence < _TIP_SEEN:
        reasons.add("tip_unsure")
    width = trachea_width(prediction, measured.points[-1] if place is None else place)
    word = spec.reference_class(measured, film.view)
    return Measurement.of(measured, tube_interval(measured, width), word, worst_first(reasons))


def measure_tubes(examination: Examination[None]) -> tuple[Measurement, ...]:
    """The distances of all tubes; absent with its tube, refused where the tip or the carina is not seen."""
    carina = carina_of(examination.prediction)
    return tuple(_measure(spec, examination, carina) for spec in TUBE_MEASUREMENTS)


def tube_landmarks(prediction: Prediction) -> dict[str, Landmark]:
    """The carina, and the tip of each tube whose course shows it."""
    seen, carina = prediction.closer[CLOSER], carina_of(prediction)
    tips = {f"{name}_tip": seen.landmarks[f"{name}_tip"] for name, course in seen.courses.items() if course.shows_tip}
    return ({} if carina is None else {"carina": carina}) | tips
