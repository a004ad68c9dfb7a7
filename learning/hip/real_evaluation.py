"""The hip protocol on real films against two readings by eye, made apart and not by clinicians."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from radcaliper.learning.datasets.real_hips import HipSide, RealHipFilm, Verdict, real_hip_films
from radcaliper.learning.scores import Score
from radcaliper.measurements.catalog import CCD_ANGLE
from radcaliper.measurements.types import Measurement, Radiograph, Status
from radcaliper.pipelines.protocols.hip.measurements import METHOD
from radcaliper.pipelines.protocols.registry import analyse
from radcaliper.qc.status_rules import DEFAULT_RULES

_SET: Final = "real, read by eye"
RULES: Final = replace(DEFAULT_RULES, allowed=("simulated_training",))
"""As for somebody who takes numbers learned from simulation: the reason that every hip number has does not count."""
_WITHIN: Final = 5.0


def _score_angle(name: str, side: HipSide, found: Measurement) -> Iterator[Score]:
    """The angle against the mean of its readings: of all femora that were read, and of those clear to both readers."""
    if not side.drawn or found.value is None or found.interval is None:
        return
    lower, upper = found.interval
    for group in ("read", "clear") if side.clear else ("read",):
        yield Score(_SET, f"error ccd_angle, {group} femora", name, found.value - side.angle, side.angle)
        yield Score(_SET, f"covered ccd_angle, {group} femora", name, float(lower <= side.angle <= upper))
        yield Score(
            _SET, f"ccd_angle within 5 degrees, {group} femora", name, float(abs(found.value - side.angle) <= _WITHIN)
        )


def _score_verdict(name: str, side: HipSide, found: Measurement) -> Iterator[Score]:
    """Whether a side that both readers would leave is left, and one that both would measure is measured."""
    if set(side.verdicts) == {Verdict.NO}:
        yield Score(_SET, "ok although both readers would not measure", name, float(found.status is Status.OK))
        yield Score(_SET, "any value although both readers would not measure", name, float(found.value is not None))
    if set(side.verdicts) == {Verdict.YES}:
        yield Score(_SET, "refused although both readers would measure", name, float(found.value is None))


def film_scores(film: RealHipFilm) -> Iterator[Score]:
    """The scores of both sides of one film."""
    analysis = analyse(film.name, Radiograph(film.grey), "hip", RULES)
    angles = {each.site: each for each in analysis.measurements if each.spec is CCD_ANGLE}
    for name, side in film.sides.items():
        found = angles[name] if angles else Measurement.refused(CCD_ANGLE, name, METHOD, *analysis.reasons)
        yield from _score_angle(f"{film.name} {name}", side, found)
        yield from _score_verdict(f"{film.name} {name}", side, found)
        if side.clear:
            yield Score(_SET, "angle of a clear femur refused", f"{film.name} {name}", float(found.value is None))


def real_scores(data: Path) -> Iterator[Score]:
    """The scores of all real films under ``data``: no weights were fitted to their angles."""
    for film in real_hip_films(data):
        yield from film_scores(film)
