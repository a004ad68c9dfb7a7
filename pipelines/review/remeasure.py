"""From a film's analysis and a reviewer's edits to its numbers, landmarks and lines as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field

from radcaliper.measurements.types import Analysis, Measurement, NotMeasurable, Reading
from radcaliper.pipelines.protocols.reviews import REVIEWS
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.numbers import Key, Number, key_of, renewed
from radcaliper.pipelines.review.protocol import EndVertebrae, Line, Places


@dataclass(frozen=True)
class Remeasured:
    """What a film says after edits."""

    numbers: tuple[Number, ...] = ()
    landmarks: Places = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    ends: EndVertebrae = field(default_factory=EndVertebrae)


def remeasure(analysis: Analysis, edits: Edits) -> Remeasured:
    """The film after the edits: numbers that they do not touch are as they were; a film of no protocol has none."""
    protocol = REVIEWS.get(analysis.protocol)
    if protocol is None or not analysis.measurements:
        return Remeasured()
    readings = protocol.read(analysis, edits)
    former = {key_of(number): number for number in analysis.measurements}

    def number(key: Key, fresh: Reading | NotMeasurable) -> Number:
        word = "" if isinstance(fresh, NotMeasurable) else protocol.classify(fresh, analysis.radiograph.view)
        return renewed(key, fresh, former.get(key), word)

    numbers = [number(key, readings[key]) if key in readings else Number(was, was) for key, was in former.items()]
    numbers += [number(key, fresh) for key, fresh in readings.items() if key not in former]
    landmarks = protocol.landmarks(analysis, edits)
    lines = protocol.lines(landmarks, numbers, analysis.radiograph.grid)
    return Remeasured(tuple(numbers), landmarks, lines, protocol.ends(landmarks, numbers))


def quality_of(number: Measurement, analysis: Analysis) -> float | None:
    """The lowest predicted Dice among the masks that a number rests on; None where none is known."""
    protocol = REVIEWS.get(analysis.protocol)
    if protocol is None:
        return None
    on = set(protocol.rests_on(number))
    return min(
        (each.quality for each in analysis.qualities if each.structure in on and each.quality is not None), default=None
    )
