"""From a chest film and its masks to the tubes and lines that are on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from radcaliper.measurements.region import Region, RegionMasks
from radcaliper.measurements.types import Course, Landmark, Masks, Point, Prediction, Radiograph
from radcaliper.models.tubes.candidates import Candidate, Candidates, tube_candidates
from radcaliper.models.tubes.channels import REPORTED, TUBES
from radcaliper.models.tubes.maps import TubeModel, shipped_model

PRESENT: Final = 0.5
"""Probability from which a tube counts as present."""


def _present_tubes(candidates: Candidates) -> Iterator[tuple[str, Candidate]]:
    """The tubes that count as present, by name; a second one of a kind is numbered."""
    for kind in REPORTED:
        of_kind = [tube for tube in candidates.tubes if tube.kind == kind and tube.presence >= PRESENT]
        for number, tube in enumerate(of_kind, start=1):
            yield kind if number == 1 else f"{kind}_{number}", tube


def _presence(candidates: Candidates) -> dict[str, float]:
    return {kind: max((t.presence for t in candidates.tubes if t.kind == kind), default=0.0) for kind in REPORTED}


def _course(tube: Candidate) -> Course:
    points = tuple(Point(float(row), float(col)) for row, col in tube.path)
    return Course(points, tube.presence, tube.leaves, tube.cut)


def _masks(tubes: Mapping[str, Candidate]) -> RegionMasks:
    """One mask for each kind: that of all its tubes."""
    regions: dict[str, Region] = {}
    for tube in tubes.values():
        regions[tube.kind] = regions[tube.kind].joined(tube.region) if tube.kind in regions else tube.region
    return RegionMasks(regions)


def _landmarks(tubes: Mapping[str, Candidate], candidates: Candidates) -> dict[str, Landmark]:
    """The carina where it was found, and each tube's tip: the last point of its course."""
    carina = {} if candidates.carina is None else {"carina": candidates.carina}
    tips = {f"{name}_tip": Landmark(tube.tip, tube.tip_heat) for name, tube in tubes.items() if tube.kind in TUBES}
    return carina | tips


def prediction_of(candidates: Candidates) -> Prediction:
    """The prediction of the present candidates: masks and presence by kind, courses and tips by tube, the carina."""
    tubes = dict(_present_tubes(candidates))
    firsts = {tube.kind: tube for tube in reversed(tubes.values())}
    return Prediction(
        masks=_masks(tubes),
        landmarks=_landmarks(tubes, candidates),
        agreement={kind: tube.agreement for kind, tube in firsts.items()},
        margin={kind: tube.certainty for kind, tube in firsts.items()},
        presence=_presence(candidates),
        courses={name: _course(tube) for name, tube in tubes.items() if tube.kind in TUBES},
    )


def predict_tubes(film: Radiograph, masks: Masks, model: TubeModel | None = None) -> Prediction:
    """The tubes and lines of a film whose chest ``masks`` are known; none without lungs.

    By the bundle's model, or by ``model``.
    """
    return prediction_of(tube_candidates(film, masks, shipped_model() if model is None else model))
