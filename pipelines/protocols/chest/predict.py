"""What the chest network says of a film, in one pass."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.types import Prediction, Radiograph
from radcaliper.models.inference.forward import Network
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.segment import segment_once

BUNDLE: Final = "chest_anatomy"


def predict_by(network: Network, film: Radiograph) -> Prediction:
    """The prediction of a network: the bundle's own, or another one, such as a weakened one."""
    return segment_once(network, film, BUNDLE)


def predict(film: Radiograph) -> Prediction:
    """The prediction of the bundle's network."""
    return predict_by(load_predictor(BUNDLE), film)
