"""The measurements, landmarks and lines of a film after a reviewer's edits."""

from __future__ import annotations

from dataclasses import dataclass, field

from radcaliper.measurements.own import own_area
from radcaliper.measurements.types import Analysis, Key, Masks, MeasuredValue, Measurement, NotMeasurable
from radcaliper.pipelines.protocols.registry import EVERY_PROTOCOL
from radcaliper.pipelines.review.edits import Edits
from radcaliper.pipelines.review.mask_review import measure_edited_masks
from radcaliper.pipelines.review.measurements import ReviewedMeasurement, reviewed_measurement
from radcaliper.pipelines.review.protocol import EndVertebrae, LandmarkPoints, MeasuredLine, ReviewProtocol


@dataclass(frozen=True)
class Remeasured:
    """What a film says after edits.

    Attributes
    ----------
    measurements : tuple[ReviewedMeasurement, ...]
        Every measurement as it is now and as it was measured automatically.
    landmarks : LandmarkPoints
        Landmarks by name, in the film's own pixels.
    lines : tuple[MeasuredLine, ...]
        The measured lines, to be drawn over the film.
    ends : EndVertebrae
        Between which vertebrae each curve lies.
    """

    measurements: tuple[ReviewedMeasurement, ...] = ()
    landmarks: LandmarkPoints = field(default_factory=dict)
    lines: tuple[MeasuredLine, ...] = ()
    ends: EndVertebrae = field(default_factory=EndVertebrae)


def review_of(analysis: Analysis) -> ReviewProtocol | None:
    """How a film is corrected; None where no protocol measured it."""
    protocol = EVERY_PROTOCOL.get(analysis.protocol)
    return None if protocol is None else protocol.load_review()


def own_structures(analysis: Analysis) -> tuple[str, ...]:
    """The structures on a film that its protocol does not have: those of the user's own bundles."""
    protocol, prediction = EVERY_PROTOCOL.get(analysis.protocol), analysis.prediction
    if protocol is None or prediction is None:
        return ()
    return tuple(name for name in prediction.masks if not any(spec.matches(name) for spec in protocol.structures))


def remeasure(analysis: Analysis, edits: Edits) -> Remeasured:
    """Measure a film anew after a reviewer's edits.

    Parameters
    ----------
    analysis : Analysis
        The film as it was measured automatically.
    edits : Edits
        What the reviewer changed.

    Returns
    -------
    Remeasured
        Measurements, landmarks and lines. What the edits do not touch is as it was; a film of no protocol, or without
        measurements, has none.

    Examples
    --------
    >>> import numpy as np
    >>> from radcaliper.measurements.catalog import HEART_WIDTH
    >>> from radcaliper.measurements.types import Prediction, Radiograph, Status
    >>> heart = np.zeros((100, 100), bool)
    >>> heart[50:80, 30:70] = True
    >>> film = Radiograph(np.zeros((100, 100), np.float32))
    >>> width = Measurement.of(HEART_WIDTH.measure({"heart": heart}, film.grid), (38.0, 42.0), "", ())
    >>> analysis = Analysis("film.png", film, "chest", "", Status.OK, (), Prediction({"heart": heart}), (), (width,))
    >>> wider = heart.copy()
    >>> wider[50:80, 70:75] = True
    >>> after = remeasure(analysis, Edits().with_mask("heart", wider)).measurements[0]
    >>> after.automatic.value, after.corrected_value, after.now.interval
    (40.0, 45.0, (43.0, 47.0))
    """
    review = review_of(analysis)
    if review is None or not analysis.measurements:
        return Remeasured()
    protocol, view = EVERY_PROTOCOL[analysis.protocol], analysis.radiograph.view
    areas = [own_area(name, protocol.name) for name in own_structures(analysis)]
    new = {**review.measure(analysis, edits), **measure_edited_masks(areas, analysis, edits)}
    automatic = {each.key: each for each in analysis.measurements}

    def measurement(key: Key, value: MeasuredValue | NotMeasurable) -> ReviewedMeasurement:
        return reviewed_measurement(protocol.measurement(key.measurement), key, value, automatic.get(key), view)

    now = [
        measurement(key, new[key]) if key in new else ReviewedMeasurement(was, was) for key, was in automatic.items()
    ]
    now += [measurement(key, value) for key, value in new.items() if key not in automatic]
    landmarks = review.landmarks(analysis, edits)
    lines = review.lines(landmarks, now, analysis.radiograph.grid)
    return Remeasured(tuple(now), landmarks, lines, review.ends(landmarks, now))


def editable_masks(analysis: Analysis, edits: Edits) -> Masks:
    """The masks after the edits of the structures that may be edited, in the protocol's order."""
    review = review_of(analysis)
    if review is None:
        return {}
    masks = review.masks(analysis, edits)
    return {name: masks[name] for name in (*review.structures, *own_structures(analysis)) if name in masks}


def quality_of(measurement: Measurement, analysis: Analysis) -> float | None:
    """The lowest predicted Dice of the masks that a measurement is made on; None where none was predicted."""
    review = review_of(analysis)
    if review is None:
        return None
    structures = set(review.measured_on(measurement))
    qualities = (each.quality for each in analysis.qualities if each.structure in structures)
    return min((quality for quality in qualities if quality is not None), default=None)
