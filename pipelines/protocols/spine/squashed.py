"""Films of whole spines that were squashed to a square are measured at about their true height."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.types import Prediction, Radiograph
from radcaliper.models.spine.predict import predict_spine
from radcaliper.pipelines.protocols.spine.passes import locate
from radcaliper.pipelines.protocols.spine.true_height import at_true_height, may_be_squashed

_WHOLE: Final = 15
"""Vertebrae that a squashed film shows at its true height. Square films that are none show up to 14, if stretched."""


def unsquashed(film: Radiograph, prediction: Prediction) -> tuple[Radiograph, Prediction] | None:
    """The film at about its true height, with the prediction on it; None where it was not squashed.

    It was where it shows a whole spine once it is stretched, whose vertebrae are more certain than those of
    ``prediction``, on the film as it is.
    """
    if not may_be_squashed(film):
        return None
    taller = at_true_height(film)
    there = predict_spine(taller)
    before, after = locate(film, prediction), locate(taller, there)
    if len(after.names) < _WHOLE or (len(before.names) and after.confidence.mean() <= before.confidence.mean()):
        return None
    return taller, there
