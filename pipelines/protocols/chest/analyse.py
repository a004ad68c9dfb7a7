"""How a chest film is measured: masks of the thorax first, then tubes and lines on films that pass the gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO, ROTATION_RATIO
from radcaliper.measurements.types import Finding, Landmark, Measurement, Prediction, Radiograph
from radcaliper.models.tubes.predict import predict_tubes
from radcaliper.pipelines.protocols.base import Examination, Steps
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.predict import predict
from radcaliper.pipelines.protocols.chest.tubes import CLOSER, measure_tubes, tube_landmarks
from radcaliper.pipelines.protocols.measuring import measure_on_masks, on_masks
from radcaliper.qc.gates.chest import appears_inverted, chest_findings

_RATIO_ENDS: Final = {
    "heart_right": "heart",
    "heart_left": "heart",
    "thorax_right": "right_lung",
    "thorax_left": "left_lung",
}
"""The ends of the cardiothoracic ratio, in the order of its points, and the structures that they lie on."""


def _gate(examination: Examination[None]) -> tuple[Finding, ...]:
    (rotation,) = measure_on_masks((ROTATION_RATIO,), examination)
    return chest_findings(examination.film, examination.prediction, rotation.value)


def _look_closer(film: Radiograph, prediction: Prediction) -> dict[str, Prediction]:
    return {CLOSER: predict_tubes(film, prediction.masks)}


def _measure(examination: Examination[None]) -> tuple[Measurement, ...]:
    return measure_on_masks(on_masks(PROTOCOL.measurements), examination) + measure_tubes(examination)


def _landmarks(examination: Examination[None], measurements: tuple[Measurement, ...]) -> Mapping[str, Landmark]:
    agreement = examination.prediction.agreement
    ratio = next(each for each in measurements if each.spec is CARDIOTHORACIC_RATIO)
    ends = {
        name: Landmark(point, agreement[structure])
        for (name, structure), point in zip(_RATIO_ENDS.items(), ratio.points, strict=False)
    }
    return ends | tube_landmarks(examination.prediction)


STEPS: Final = Steps[None](
    predict=predict,
    gate=_gate,
    measure=_measure,
    landmarks=_landmarks,
    appears_inverted=appears_inverted,
    look_closer=_look_closer,
)
