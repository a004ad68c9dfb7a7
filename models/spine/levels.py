"""Which vertebra is which, by what the whole film shows: ribs, sacrum and iliac crests, clavicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.special import softmax

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.spine.vertebra import Corners, vertebra_names
from radcaliper.measurements.types import VertebraLevels
from radcaliper.models.inference.forward import forward
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.spine.channels import LEVEL_NAMES
from radcaliper.models.spine.level_window import STRIDE, LevelWindow, window_around

BUNDLE: Final = "spine_levels"
_UNLIKELY: Final = -4.0
"""The least log probability of a level, less that of the likeliest: no single place rules one out."""
_EVIDENCE: Final = 0.75
"""Vertebrae that all of a film's count as together: what speaks for a level speaks so for its neighbours, and labels
waver. On the validation fold the probability is then as high as the share of films named as labelled."""


@dataclass(frozen=True)
class LevelEvidence:
    """Logits (levels, rows, columns) of the levels from C7 to S1, at every eighth pixel of a window."""

    window: LevelWindow
    maps: NDArray[np.float64]

    def at(self, places: Places) -> NDArray[np.float64]:
        """(N, levels) log probabilities less that of the likeliest, 0 to -4, at (N, 2) places on the film."""
        index = ((self.window.from_film(places) + 0.5) / STRIDE - 0.5).T
        logits = np.stack([map_coordinates(each, index, order=1, mode="nearest") for each in self.maps], axis=1)
        return np.asarray((logits - logits.max(axis=1, keepdims=True)).clip(_UNLIKELY))


def level_evidence(pixels: NDArray[np.float32], corners: Corners) -> LevelEvidence:
    """What an (H, W) film in [0, 1], and its mirror image, say of the levels around at least two vertebrae."""
    window = window_around(corners)
    grey = window.sample(pixels)
    answers = forward(load_predictor(BUNDLE), np.stack([grey, np.ascontiguousarray(grey[:, ::-1])]))
    return LevelEvidence(window, ((answers[0] + answers[1, ..., ::-1]) / 2).astype(np.float64))


def named_levels(evidence: NDArray[np.float64]) -> VertebraLevels:
    """Consecutive levels of (N, levels) evidence for N vertebrae from the top down, with how sure they are as a whole.

    None for no vertebrae, or for more than there are levels.
    """
    count, levels = evidence.shape
    if not 0 < count <= levels:
        return VertebraLevels()
    vertebra = np.arange(count)
    means = [float(evidence[vertebra, vertebra + first].mean()) for first in range(levels - count + 1)]
    probability = softmax(_EVIDENCE * np.array(means))
    first = int(probability.argmax())
    names = dict(zip(vertebra_names(count), LEVEL_NAMES[first : first + count], strict=True))
    return VertebraLevels(names, float(probability[first]))
