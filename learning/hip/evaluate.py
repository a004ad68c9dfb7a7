"""The hip protocol on films simulated from the bones of subjects that it never saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.evaluation import Evaluation
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.quality import add_hip
from radcaliper.learning.hip.real_evaluation import RULES, real_scores
from radcaliper.learning.hip.scene import HipTruth
from radcaliper.learning.hip.simulated_films import SimulatedFilm, is_measurable, simulated_films, true_axes
from radcaliper.learning.scores import Score
from radcaliper.measurements.catalog import CCD_ANGLE
from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.from_mask import axes_from_mask
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Analysis, Measurement, NotMeasurable, Status
from radcaliper.models.hip.channels import SIDES
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.hip import PROTOCOL
from radcaliper.pipelines.protocols.hip.measurements import SIDE_MEASUREMENTS

FILMS: Final = 150
SEED: Final = 2
_SET: Final = "simulated"
_WITHIN: Final = 5.0
_IN_PLANE: Final = 10.0
"""Degrees by which a neck may point out of the film's plane and count as lying in it."""


def _found(analysis: Analysis, spec: MeasurementSpec, side: str) -> Measurement | None:
    return next((m for m in analysis.measurements if m.spec is spec and m.site == side), None)


def _score_geometry(name: str, hip: HipTruth, truth: FemurAxes, film: SimulatedFilm, side: str) -> Iterator[Score]:
    """The geometry alone, on the true mask; a neck far out of the film's plane is covered by trochanters."""
    try:
        angle = axes_from_mask(hip.mask, film.film.grid, side).ccd_angle()
    except NotMeasurable:  # counted as such
        angle = None
    in_plane = ", neck in plane" if abs(hip.tilt) < _IN_PLANE else ", neck out of plane"
    yield Score(_SET, f"true mask refused{in_plane}", name, float(angle is None))
    if angle is None:
        return
    yield Score(_SET, "error ccd_angle of the true mask", name, angle - truth.ccd_angle(), truth.ccd_angle())


def _score_numbers(name: str, truth: FemurAxes, film: SimulatedFilm, analysis: Analysis, side: str) -> Iterator[Score]:
    for spec in SIDE_MEASUREMENTS:
        found = _found(analysis, spec, side)
        if found is None or found.value is None or found.lower is None or found.upper is None:
            continue
        true = spec.measure(truth, film.film.grid, side).value
        yield Score(_SET, f"error {spec.name}", name, found.value - true, true)
        yield Score(_SET, f"covered {spec.name}", name, float(found.lower <= true <= found.upper))
        if spec is CCD_ANGLE:
            yield Score(_SET, "ccd_angle within 5 degrees", name, float(abs(found.value - true) <= _WITHIN))
            yield Score(_SET, "interval width ccd_angle", name, found.upper - found.lower)


def _score_side(film: SimulatedFilm, analysis: Analysis, side: str) -> Iterator[Score]:
    hip, name = film.hips[side], f"{film.name} {side}"
    measurable = is_measurable(hip, film.film.shape)
    found = _found(analysis, CCD_ANGLE, side)
    refused = found is None or found.value is None
    if measurable is None:
        return
    if not measurable:
        yield Score(_SET, "unmeasurable hip refused", name, float(refused))
        yield Score(_SET, "unmeasurable hip ok", name, float(found is not None and found.status is Status.OK))
        return
    yield Score(_SET, "measurable hip refused", name, float(refused))
    truth = true_axes(hip)
    yield from _score_geometry(name, hip, truth, film, side)
    if analysis.prediction is not None:
        yield Score(_SET, "dice femur", name, dice(analysis.prediction.masks[f"{side}_femur"], hip.mask))
    yield from _score_numbers(name, truth, film, analysis, side)
    head = analysis.landmarks.get(f"{side}_femoral_head_center")
    if head is not None:
        grid = film.film.grid
        off = np.array([head.point.row * grid.row, head.point.col * grid.col]) - truth.head
        yield Score(_SET, "head centre off in mm", name, float(np.linalg.norm(off)))


def film_scores(film: SimulatedFilm) -> Iterator[Score]:
    """The scores of both sides of one film."""
    analysis = PROTOCOL.analyse(film.name, film.film, RULES)
    for side in SIDES:
        yield from _score_side(film, analysis, side)


def hip_scores(data: Path, every_film: bool) -> Iterator[Score]:
    """Scores of the real films under ``data`` and of simulated ones of the subjects to judge by.

    And of as many of each other part if ``every_film``.
    """
    yield from real_scores(data)
    for part in (Part.JUDGING, Part.VALIDATION, Part.TRAINING) if every_film else (Part.JUDGING,):
        for film in simulated_films(bones_of(data, part), FILMS, SEED):
            yield from film_scores(film)


EVALUATION: Final = Evaluation("hip/vsd/landmarks.json", hip_scores, add_hip)
