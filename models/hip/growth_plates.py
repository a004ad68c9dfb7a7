"""Whether femoral heads look like an adolescent's, whose growth plates are open.

The view recogniser's encoder looks at each head; one linear answer was fitted to its features on real films.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Prediction, Radiograph
from radcaliper.models.inference.forward import FEATURES, forward
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.view.predict import BUNDLE, SIZE

_TABLE: Final = Path(__file__).resolve().parent / "growth_plates.npz"
_SIDE_RADII, _AHEAD = 3.6, 0.5
"""Side of the square that is looked at, and how far its middle lies below and outside the head's, in head radii."""
_MARGIN: Final = 4
"""Pixels of the square that are read beyond its border, for the blur before the film is made coarser."""
_PERCENTILES: Final = (2, 98)
_VARIED: Final = ((0.0, 0.0, 1.0), (0.1, 0.1, 0.93), (-0.1, -0.1, 1.08), (0.1, -0.1, 1.0), (-0.1, 0.1, 1.0))
"""Each head is looked at as found, and moved down and right by so many radii and scaled: one square is too few."""
OPEN_ABOVE: Final = 0.1
"""Score from which growth plates count as open; -1 and 1 are what the score was fitted to."""


@dataclass(frozen=True)
class SeenHead:
    """A head's disc on a film: its centre (2,) as (row, col), its radius in pixels, the patient's side."""

    centre: NDArray[np.float64]
    radius: float
    side: str


@dataclass(frozen=True, eq=False)
class GrowthPlateScore:
    """Linear in (N, 4160) features: the more, the likelier growth plates are open."""

    weight: NDArray[np.float64]
    bias: float

    def __call__(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) scores."""
        return np.asarray(features @ self.weight + self.bias)

    def save(self, path: Path) -> None:
        """Write what ``shipped_score`` reads."""
        np.savez_compressed(path, weight=self.weight.astype(np.float32), bias=np.float32(self.bias))


@cache
def shipped_score() -> GrowthPlateScore:
    """The score that ships."""
    table = np.load(_TABLE)
    return GrowthPlateScore(table["weight"].astype(np.float64), float(table["bias"]))


def seen_heads(closer: Mapping[str, Prediction]) -> tuple[SeenHead, ...]:
    """The head of each side that was looked at closely, in the film's pixels."""
    heads = []
    for side, look in closer.items():
        places = np.argwhere(look.masks[f"{side}_head"])
        if len(places):
            centre = places.mean(axis=0) + np.array(look.origin)
            heads.append(SeenHead(centre, float(np.sqrt(len(places) / np.pi)), side))
    return tuple(heads)


def varied(head: SeenHead) -> tuple[SeenHead, ...]:
    """The head as found, and a little beside, larger, and smaller."""
    return tuple(
        replace(head, centre=head.centre + head.radius * np.array([down, right]), radius=head.radius * scale)
        for down, right, scale in _VARIED
    )


def head_square(pixels: NDArray[np.float32], head: SeenHead) -> NDArray[np.float32]:
    """(224, 224) in [0, 1] about a head of a film (H, W), left ones mirrored to look like right ones."""
    scale, half = SIZE / (_SIDE_RADII * head.radius), (SIZE - 1) / 2
    outwards = -1.0 if head.side == "right" else 1.0
    middle = head.centre + _AHEAD * head.radius * np.array([1.0, outwards])
    reach = _SIDE_RADII / 2 * head.radius + _MARGIN / scale
    top, left = np.maximum(0, np.floor(middle - reach)).astype(int)
    bottom, right = np.ceil(middle + reach).astype(int) + 1
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    matrix = np.array([[scale, 0, half - scale * (middle[1] - left)], [0, scale, half - scale * (middle[0] - top)]])
    soft = cv2.GaussianBlur(part, (0, 0), 0.45 / scale) if scale < 1 else part
    square = cv2.warpAffine(soft, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    low, high = np.percentile(square, _PERCENTILES)
    grey = np.clip((square - low) / max(float(high - low), 1e-3), 0, 1).astype(np.float32)
    return grey if head.side == "right" else np.ascontiguousarray(grey[:, ::-1])


def head_features(pixels: NDArray[np.float32], head: SeenHead) -> NDArray[np.float64]:
    """(5, 4160) features of the squares about a head of a film (H, W)."""
    squares = [head_square(pixels, each) for each in varied(head)]
    return forward(load_predictor(BUNDLE, FEATURES), np.stack(squares)).astype(np.float64)


def shows_growth_plates(film: Radiograph, closer: Mapping[str, Prediction]) -> bool:
    """Whether the heads of a film, taken together, look as if their growth plates were open."""
    heads = seen_heads(closer)
    if not heads:
        return False
    features = np.concatenate([head_features(film.pixels, head) for head in heads])
    return float(shipped_score()(features).mean()) > OPEN_ABOVE
