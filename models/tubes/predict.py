"""From a chest film and its masks to the tubes and lines that are on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from radcaliper.measurements.types import Course, Landmark, Mask, Masks, Pass, Point, Prediction, Radiograph
from radcaliper.models.tubes.candidates import SCALES, Candidate, Candidates, tube_candidates
from radcaliper.models.tubes.channels import TUBES

PRESENT: Final = 0.5
"""Probability from which a tube counts as present."""


def _present_tubes(candidates: Candidates) -> Iterator[tuple[str, Candidate]]:
    """The tubes that count as present, by name; a second one of a kind is numbered."""
    for kind in TUBES:
        of_kind = [tube for tube in candidates.tubes if tube.kind == kind and tube.presence >= PRESENT]
        for number, tube in enumerate(of_kind, start=1):
            yield kind if number == 1 else f"{kind}_{number}", tube


def _presence(candidates: Candidates) -> dict[str, float]:
    return {kind: max((t.presence for t in candidates.tubes if t.kind == kind), default=0.0) for kind in TUBES}


def _course(tube: Candidate) -> Course:
    points = tuple(Point(float(row), float(col)) for row, col in tube.path)
    return Course(points, tube.presence, tube.leaves, tube.cut)


def _masks(tubes: Mapping[str, Candidate]) -> dict[str, Mask]:
    """One mask for each kind: that of all its tubes."""
    masks: dict[str, Mask] = {}
    for tube in tubes.values():
        masks[tube.kind] = masks[tube.kind] | tube.mask if tube.kind in masks else tube.mask
    return masks


def _landmarks(tubes: Mapping[str, Candidate], candidates: Candidates) -> dict[str, Landmark]:
    """The carina where it was found, and each tube's tip: the last point of its course."""
    carina = {} if candidates.carina is None else {"carina": candidates.carina}
    return carina | {f"{name}_tip": Landmark(tube.tip, tube.tip_heat) for name, tube in tubes.items()}


def _pass(number: int, tubes: Mapping[str, Candidate], candidates: Candidates) -> Pass:
    """The tips and the carina of one pass. Their confidence is not known and stands as 1."""
    tips = {f"{name}_tip": tube.pass_tips[number] for name, tube in tubes.items()}
    carina = {"carina": candidates.pass_carinas[number]} if candidates.pass_carinas else {}
    landmarks = {name: Landmark(point, 1.0) for name, point in (tips | carina).items()}
    return Pass(landmarks=landmarks, step=candidates.step)


def prediction_of(candidates: Candidates) -> Prediction:
    """The prediction of the present candidates: masks and presence by kind, courses and tips by tube, the carina."""
    tubes = dict(_present_tubes(candidates))
    firsts = {tube.kind: tube for tube in reversed(tubes.values())}
    return Prediction(
        masks=_masks(tubes),
        landmarks=_landmarks(tubes, candidates),
        passes=tuple(_pass(number, tubes, candidates) for number in range(len(SCALES))),
        agreement={kind: tube.agreement for kind, tube in firsts.items()},
        margin={kind: tube.certainty for kind, tube in firsts.items()},
        presence=_presence(candidates),
        courses={name: _course(tube) for name, tube in tubes.items()},
    )


def predict_tubes(film: Radiograph, masks: Masks) -> Prediction:
    """The tubes and lines of a film whose chest ``masks`` are known; none without lungs."""
    return prediction_of(tube_candidates(film, masks))
